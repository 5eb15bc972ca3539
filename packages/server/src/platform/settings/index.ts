export { dunningRulesOf } from './dunning-rules.ts'
export {
  AccountRecoveryBody,
  AccountRecoveryItem,
  readAccountRecovery,
  readRecoveryChoice,
  RecoveryChoiceBody,
  RecoveryChoiceItem,
  toStoredChoice,
  toWireChoice,
} from './recovery-choice.ts'
