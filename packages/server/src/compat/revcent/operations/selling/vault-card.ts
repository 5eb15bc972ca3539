import { encodeId, type Uuid } from '@perennial/core/ids'
import type { RawCard } from '@perennial/core/payments'
import Type, { type Static } from 'typebox'
import { tokenizeInstrument } from '../../../../modules/payments/index.ts'
import type { Caller } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { digits, strict } from '../../wire/fields.ts'

/** Gateways that one card is made known to. */
const GATEWAYS_MAX = 20

export const CreditCard = strict({
  card_number: Type.String({ minLength: 12, maxLength: 24, description: 'Digits; blanks and dashes are dropped.' }),
  exp_month: digits('^(0?[1-9]|1[0-2])$', { minimum: 1, maximum: 12, description: '1 or 2 digits.' }),
  exp_year: digits('^[0-9]{2}$', { minimum: 0, maximum: 99, description: 'Two digits.' }),
  card_code: Type.Optional(Type.String({ pattern: '^[0-9]{3,4}$', description: 'Security code.' })),
}) // prettier-ignore
export type CreditCard = Static<typeof CreditCard>

const CENTURY = 2000

/** What gateways call a card: the first of them is charged first. */
export type TokenizedCard = readonly [GatewayToken, ...GatewayToken[]]
type GatewayToken = { readonly gateway: string; readonly token: string }

/**
 * Exchanges a card for a token of every gateway that can be charged and takes card numbers; nothing is kept. The number
 * lives in the arguments of this call: it is handed to the gateways and goes nowhere else. A gateway that refuses the card,
 * or cannot be reached, is passed over: payment profiles decide which of the others is charged. Refused where none took it.
 */
export async function tokenizeCard(caller: Caller, card: CreditCard): Promise<TokenizedCard> {
  const answers = await tokenizeEverywhere(caller, toRaw(card))
  const taken = answers.flatMap((one) => (one.kind === 'taken' ? [one.token] : []))
  const [first, ...others] = taken
  if (first !== undefined) return [first, ...others]
  throw refusalOf(answers)
}

/** Keeps the tokens of one card with a customer; one of which a token is refused is not kept at all. */
export async function keepCard(
  caller: Caller,
  given: { readonly customerId: Uuid; readonly card: TokenizedCard },
): Promise<Uuid> {
  const { v2 } = caller
  const [first, ...others] = given.card
  const made = await v2.sendAnew('POST', '/payment-methods', {
    customer_id: encodeId('customer', given.customerId),
    type: 'card',
    token: first.token,
    gateway: first.gateway,
    is_default: false,
  })
  const id = made.idAt('payment_method', 'data.id')
  const path = pathOf(id)
  try {
    for (const other of others) await v2.sendAnew('POST', `${path}/tokens`, other)
  } catch (error) {
    await detachCard(caller, id)
    throw error
  }
  return id
}

/** Takes a card away that is kept for nothing. */
export async function detachCard({ v2 }: Pick<Caller, 'v2'>, id: Uuid): Promise<void> {
  await v2.sendAnew('POST', `${pathOf(id)}/detach`, {})
}

const pathOf = (id: Uuid) => `/payment-methods/${encodeId('payment_method', id)}`

type Answered =
  | { readonly kind: 'taken'; readonly token: GatewayToken }
  | { readonly kind: 'refused'; readonly message: string | null }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'takes_no_cards' }

/** What each enabled gateway has said, in the account's order. */
async function tokenizeEverywhere(caller: Caller, card: RawCard): Promise<readonly Answered[]> {
  const listed = await caller.v2.get(`/gateways?limit=${GATEWAYS_MAX}`)
  const gateways = arrayOf(listed.at('data')).flatMap((_, index) => {
    const at = (name: string) => listed.at(`data.${index}.${name}`)
    return at('enabled') === true
      ? [{ id: String(at('id')), position: Number(at('position')) }]
      : []
  })
  const inOrder = gateways.toSorted((a, b) => a.position - b.position)
  return Promise.all(inOrder.map(({ id }) => tokenizeAt(caller, id, card)))
}

async function tokenizeAt(
  { deps, context }: Caller,
  gateway: string,
  card: RawCard,
): Promise<Answered> {
  const instrument = { kind: 'card', card } as const
  const made = await tokenizeInstrument(deps.gateways, context, { gatewayCode: gateway, instrument }) // prettier-ignore
  if (made.kind === 'accepted')
    return { kind: 'taken', token: { gateway, token: made.value.token } }
  if (made.code === 'instrument_refused') return { kind: 'refused', message: made.message ?? null }
  if (made.code !== 'gateway_unreachable') return { kind: 'takes_no_cards' }
  const { accountId } = context
  deps.log.warn({ accountId, gateway, reason: made.code }, 'one gateway was given no token of a card') // prettier-ignore
  return { kind: 'unreachable' }
}

/** Why no gateway has a token: what one of them says of the card is more than that another cannot be reached. */
function refusalOf(answers: readonly Answered[]): FaceRefusal {
  const refused = answers.find((one) => one.kind === 'refused')
  if (refused !== undefined)
    return FaceRefusal.invalid(refused.message ?? 'The card was refused: check its number and date.') // prettier-ignore
  if (answers.some(({ kind }) => kind === 'unreachable'))
    return new FaceRefusal(503, 'unavailable', 'A gateway cannot be reached. Nothing was changed; try again.') // prettier-ignore
  return new FaceRefusal(409, 'wrong_state', 'No enabled gateway of this account takes card numbers.') // prettier-ignore
}

function toRaw(card: CreditCard): RawCard {
  const number = card.card_number.replaceAll(/[\s-]/g, '')
  if (!/^\d{12,19}$/.test(number))
    throw FaceRefusal.invalid('credit_card.card_number must be a card number.')
  return {
    number,
    expMonth: Number(card.exp_month),
    expYear: CENTURY + Number(card.exp_year),
    securityCode: card.card_code ?? null,
    holderName: null,
  }
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
