import type { CredentialCheck, GatewayAbilities, GatewayPort } from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { capture, charge, lookUp, voidCharge } from './charge.ts'
import { acceptDispute, EVIDENCE_LIMITS, submitEvidence } from './dispute.ts'
import { listMovements } from './movements.ts'
import { listNotices, readWebhook } from './notices.ts'
import { lookUpRefund, refund } from './refund.ts'
import { describeToken, tokenize } from './token.ts'
import {
  nonsense,
  openWorldLine,
  refusalOf,
  type SimulatedGatewaySettings,
  type WorldLine,
} from './world-line.ts'

const ABILITIES: GatewayAbilities = {
  methodTypes: ['card', 'us_bank_account', 'bank_account', 'bacs_direct_debit'],
  authorize: true,
  holdDays: 7,
  verifiesWithoutHold: true,
  partialCapture: true,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  challenge: true,
  webhooks: true,
  movements: true,
  disputes: true,
  renewsCards: true,
}

/**
 * The adapter for the simulated card world's plain dialect. Silence and 5xx answers are `unknown`: only a look-up tells
 * whether money moved.
 */
export function createSimulatedGateway(
  settings: SimulatedGatewaySettings,
): GatewayPort & { close(): Promise<void> } {
  const line = openWorldLine(settings)
  return {
    abilities: ABILITIES,
    // The world judges a charge before it cuts the line: what it does not know never happened.
    absentAfterMs: 0,
    callMsMax: line.callMsMax,
    charge: (request) => charge(line, request),
    capture: (held) => capture(line, held),
    void: (about) => voidCharge(line, about),
    refund: (request) => refund(line, request),
    lookUp: (key) => lookUp(line, key),
    lookUpRefund: (key) => lookUpRefund(line, key),
    tokenize: (request) => tokenize(line, request),
    describeToken: (question) => describeToken(line, question),
    checkCredentials: () => checkGateway(line),
    readWebhook: async (request) => readWebhook(settings.webhookSecret, request),
    listMovements: (query) => listMovements(line, query),
    listNotices: (query) => listNotices(line, query),
    evidenceLimits: EVIDENCE_LIMITS,
    submitEvidence: (request) => submitEvidence(line, request),
    acceptDispute: (request) => acceptDispute(line, request),
    close: () => line.close(),
  }
}

/** There is nothing to know but the gateway's name. */
async function checkGateway(line: WorldLine): Promise<CredentialCheck> {
  const answer = await line.call({ method: 'GET', path: '', key: null })
  const refusal = refusalOf(answer)
  if (refusal?.code === 'gateway_not_found') {
    return { kind: 'refused', message: refusal.message ?? 'The world has no such gateway.' }
  }
  const merchantName = answer.status === 200 ? readText(answer.body, 'id') : null
  if (merchantName === null) throw new Error(nonsense(answer))
  return { kind: 'accepted', merchantName, accountReference: merchantName }
}
