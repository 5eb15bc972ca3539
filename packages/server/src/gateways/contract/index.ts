export { abilityCases } from './ability-cases.ts'
export { chargeCases } from './charge-cases.ts'
export type {
  ContractCards,
  ContractGateway,
  SeenCharge,
  Stage,
  WebhookWish,
} from './contract-gateway.ts'
export { holdCases } from './hold-cases.ts'
export { lookUpCases } from './look-up-cases.ts'
export { refundCases } from './refund-cases.ts'
export { silenceCases } from './silence-cases.ts'
export { tokenCases } from './token-cases.ts'
export { webhookCases } from './webhook-cases.ts'
