import {
  type BankDetails,
  type CardDetails,
  mintBankToken,
  mintCardToken,
} from '../../vault/mint-token.ts'
import { resolveToken } from '../../vault/resolve-token.ts'
import { type Answer, answerWith, refuse } from '../answer.ts'
import { achBody, bacsBody, cardBody, ibanBody, readerOf } from '../bodies.ts'
import type { Call, Reading } from '../call.ts'
import { type Context, record } from '../context.ts'
import { watchToken } from '../watch-token.ts'
import { toInstrumentBody } from '../wire.ts'

const readCard = readerOf(cardBody)
const readAch = readerOf(achBody)
const readBacs = readerOf(bacsBody)
const readIban = readerOf(ibanBody)

/** POST /gateways/{id}/tokens */
export function createToken(context: Context, call: Call, gatewayId: string): Answer {
  const place = { gatewayId, salt: context.state.salt }
  const details = readDetails(call.body)
  if (details.kind === 'refused') return details.answer
  const minting =
    'number' in details.value
      ? mintCardToken(context.world, place, details.value)
      : mintBankToken(place, details.value)
  if (minting.kind === 'refused') return refuse(minting.code)
  record(context, { kind: 'token_minted', token: minting.token })
  return showToken(context, call, { gatewayId, token: minting.token.token })
}

/** A card unless a field tells of an account. */
function readDetails(body: Call['body']): Reading<CardDetails | BankDetails> {
  if ('iban' in body) {
    return mapReading(readIban(body), ({ iban }) => ({
      scheme: 'sepa',
      accountNumber: iban.replaceAll(' ', '').toUpperCase(),
    }))
  }
  if ('sort_code' in body) {
    return mapReading(readBacs(body), ({ sort_code, account_number }) => ({
      scheme: 'bacs',
      bankCode: sort_code.replaceAll('-', ''),
      accountNumber: account_number,
    }))
  }
  if ('account_number' in body) {
    return mapReading(readAch(body), ({ routing_number, account_number }) => ({
      scheme: 'ach',
      bankCode: routing_number,
      accountNumber: account_number,
    }))
  }
  return mapReading(readCard(body), (card) => ({
    number: card.number.replaceAll(/[ -]/g, ''),
    expMonth: card.exp_month,
    expYear: card.exp_year,
  }))
}

function mapReading<T, U>(reading: Reading<T>, map: (value: T) => U): Reading<U> {
  return reading.kind === 'refused' ? reading : { kind: 'read', value: map(reading.value) }
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
  const { account, at, offsetMs } = call
  const use = { account, gatewayId, token, instrument, at, offsetMs }
  const resolution = resolveToken(context.world, context.state, use)
  if (resolution.kind === 'refused') return refuse(resolution.code, resolution.message)
  watchToken(context, use, resolution.resolved)
  return answerWith({ token, gateway: gatewayId, ...toInstrumentBody(resolution.resolved) })
}
