import { mintBankToken, mintCardToken } from '../vault/mint-token.ts'
import { resolveToken } from '../vault/resolve-token.ts'
import { type Answer, answerWith, refuse } from './answer.ts'
import { bankBody, cardBody, readerOf } from './bodies.ts'
import type { Call } from './call.ts'
import { type Context, record } from './context.ts'
import { toInstrumentBody } from './wire.ts'

const readCard = readerOf(cardBody)
const readBank = readerOf(bankBody)

/** POST /gateways/{id}/tokens */
export function createToken(context: Context, call: Call, gatewayId: string): Answer {
  const place = { gatewayId, salt: context.state.salt }
  if ('account_number' in call.body) {
    const bank = readBank(call.body)
    if (bank.kind === 'refused') return bank.answer
    const token = mintBankToken(place, {
      routingNumber: bank.value.routing_number,
      accountNumber: bank.value.account_number,
    })
    record(context, { kind: 'token_minted', token })
    return showToken(context, call, { gatewayId, token: token.token })
  }
  const card = readCard(call.body)
  if (card.kind === 'refused') return card.answer
  const minting = mintCardToken(context.world, place, {
    number: card.value.number.replaceAll(/[ -]/g, ''),
    expMonth: card.value.exp_month,
    expYear: card.value.exp_year,
  })
  if (minting.kind === 'refused') return refuse(minting.code)
  record(context, { kind: 'token_minted', token: minting.token })
  return showToken(context, call, { gatewayId, token: minting.token.token })
}

/**
 * GET /gateways/{id}/tokens/{token}: what a merchant may see. An updated card shows its new
 * number's end and expiry.
 */
export function showToken(
  context: Context,
  call: Call,
  { gatewayId, token }: { readonly gatewayId: string; readonly token: string },
): Answer {
  const instrument = call.query.get('instrument') ?? ''
  const use = { account: call.account, gatewayId, token, instrument, at: call.at }
  const resolution = resolveToken(context.world, context.state, use)
  if (resolution.kind === 'refused') return refuse(resolution.code, resolution.message)
  return answerWith({ token, gateway: gatewayId, ...toInstrumentBody(resolution.resolved) })
}
