import type { Uuid } from '@perennial/core/ids'
import type { CardDetails, TokenizeRequest } from '@perennial/core/payments'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'

export type TokenizeRefusal =
  | 'gateway_unknown'
  | 'gateway_cannot_tokenize'
  | 'gateway_unreachable'
  | 'instrument_refused'

/** What a gateway made of a card or a bank account. */
export type TokenizedInstrument = {
  readonly gatewayId: Uuid
  readonly token: string
  readonly details: CardDetails
}

/**
 * Exchanges a card or bank account as its owner typed it for a gateway's token. The number lives in the arguments of
 * this one call: nothing here writes, logs or hashes it, and what an adapter throws is dropped, because it may quote it.
 * Of a card its first digits are told on, also where the gateway does not tell them.
 */
export async function tokenizeInstrument(
  gateways: GatewayDirectory,
  context: Pick<CommandContext, 'accountId' | 'now'>,
  request: {
    readonly gatewayCode: string | null
    readonly instrument: TokenizeRequest['instrument']
    /** A token that the owner holds at this gateway already; absent or null = none is known. */
    readonly holderTokenAt?: (gatewayId: Uuid) => string | null
  },
): Promise<Decision<TokenizedInstrument, TokenizeRefusal>> {
  const { accountId, now: at } = context
  const found = await gateways.find(accountId, request.gatewayCode)
  if (found === null) return refused('gateway_unknown')
  const { port, slots, gateway } = found
  const { abilities } = port
  const { instrument } = request
  const isBankOnly = instrument.kind === 'card' && !abilities.methodTypes.includes('card')
  if (!abilities.tokenize || isBankOnly) return refused('gateway_cannot_tokenize')
  const holderToken = request.holderTokenAt?.(gateway.id) ?? null
  const holder = holderToken === null ? {} : { holderToken }
  const answer = await slots
    .run(() => port.tokenize({ accountId, instrument, at, ...holder }))
    .catch(() => null)
  if (answer === null) return refused('gateway_unreachable')
  if (answer.kind === 'refused') {
    const { message } = answer
    return message === null
      ? refused('instrument_refused')
      : refused('instrument_refused', { message })
  }
  const bin = answer.details.bin ?? binOf(instrument)
  const details = { ...answer.details, bin }
  return accepted({ gatewayId: gateway.id, token: answer.token, details })
}

/** As many digits as may be kept: eight of sixteen, six of a shorter number (PCI DSS FAQ 1091). */
function binOf(instrument: TokenizeRequest['instrument']): string | null {
  if (instrument.kind !== 'card') return null
  const { number } = instrument.card
  return number.slice(0, number.length >= 16 ? 8 : 6)
}
