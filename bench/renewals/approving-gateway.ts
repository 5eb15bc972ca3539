import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewayAbilities, GatewayOutcome, GatewayPort } from '@perennial/core/payments'

/** A gateway within the process: it answers as the card world does, after a moment, and costs next to nothing. */
const ANSWER_AFTER_MS = 2

const CHARGES_ONLY: GatewayAbilities = {
  methodTypes: ['card'],
  authorize: false,
  partialCapture: false,
  void: false,
  refund: 'none',
  lookUp: false,
  tokenize: false,
  challenge: false,
  webhooks: false,
  movements: false,
  disputes: false,
}

export function createApprovingGateway(): GatewayPort {
  const notAsked = async (): Promise<never> => {
    throw new Error('a renewal only charges')
  }
  return {
    abilities: CHARGES_ONLY,
    absentAfterMs: 0,
    callMsMax: 1_000,
    charge: async (request): Promise<GatewayOutcome> => {
      await sleep(ANSWER_AFTER_MS)
      const gatewayReference = `ch_${request.idempotencyKey}`
      if (!request.token.startsWith('tok_decline_')) {
        return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
      }
      const code = request.token.slice('tok_decline_'.length)
      const decline = { code, isoCode: '51', adviceCode: null, message: 'Insufficient funds.' }
      return { kind: 'declined', gatewayReference, decline }
    },
    capture: notAsked,
    void: notAsked,
    refund: notAsked,
    lookUp: notAsked,
    lookUpRefund: notAsked,
    tokenize: notAsked,
    describeToken: notAsked,
    checkCredentials: notAsked,
    readWebhook: notAsked,
    listMovements: notAsked,
  }
}
