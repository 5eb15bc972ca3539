import { assert, assertNever } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import { parseCurrency, type Currency } from '@perennial/core/money'
import { parseInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { findStopMessage } from '../../../../modules/routing/index.ts'
import { operation, type Caller, type Json, type Operation } from '../../calls/operation.ts'
import type { V2Answer } from '../../calls/v2.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { readRefunds } from '../../queries/transactions.ts'
import { Address, fromShipTo } from '../../wire/addresses.ts'
import { toMajor, toMinor } from '../../wire/amounts.ts'
import { toCode } from '../../wire/codes.ts'
import { amount, choice, code, flag, idAt, nothing, pathId, strict, text, whole } from '../../wire/fields.ts' // prettier-ignore
import { fromMetadata, Metadata, toMetadata } from '../../wire/metadata.ts'
import { buyerOf, NewCustomer } from './customer-of.ts'
import { tokensOfCall } from './card-of-call.ts'
import { CreditCard } from './vault-card.ts'

const optional = Type.Optional
const params = strict({ sale_id: code('Id of the sale.') })
const PAYMENT_TYPES = ['credit_card', 'paypal', 'offline_payment', 'check_direct'] as const
const ENTRIES_MAX = 20

const entry = { amount: amount('How much.'), description: optional(text('On the bill.', 200)) }
const entries = (description: string) =>
  optional(Type.Array(strict(entry), { maxItems: ENTRIES_MAX, description }))

/** With what is refused by name, so that nobody takes it for done. */
const SoldCard = strict({
  ...CreditCard.properties,
  three_ds: optional(Type.Unknown({ description: 'Of a challenge; not taken here.' })),
})

const CreateBody = strict({
  campaign: code('Campaign that it is sold in.'),
  iso_currency: optional(
    Type.String({ minLength: 3, maxLength: 3, description: "Default: the account's currency." }),
  ),
  ip_address: optional(text('Of the customer; kept in the metadata of the sale.', 45)),
  payment_type: choice(PAYMENT_TYPES, 'How it is paid.'),
  payment_profile: optional(code('Routes the charge; with credit_card.')),
  credit_card: optional(SoldCard),
  paypal_transaction_id: optional(text('With paypal.', 100)),
  check_number: optional(text('With check_direct.', 100)),
  customer_id: optional(code('Who buys.')),
  customer: optional(NewCustomer),
  bill_to: optional(Address),
  ship_to: optional(Address),
  shop: optional(text('Shop that it is sold in.', 100)),
  product: Type.Array(
    strict({
      id: code('Id of a product.'),
      quantity: optional(whole('Default 1.', 1, 1_000_000)),
      price: optional(amount('What a unit costs in this sale.')),
    }),
    { minItems: 1, maxItems: 100, description: 'What is sold, by line.' },
  ),
  shipping: optional(
    Type.Array(
      strict({
        ...entry,
        provider: optional(text('Who ships.', 100)),
        provider_method: optional(text('How.', 100)),
      }),
      { maxItems: ENTRIES_MAX, description: 'Shipping, by hand.' },
    ),
  ),
  shipping_by_profile: optional(flag('Ship goods at the first rate of a shipping profile that qualifies, in the place of shipping.')), // prettier-ignore
  discount: entries('Taken off, by hand.'),
  coupon: optional(
    Type.Array(code('Id of a coupon.'), {
      maxItems: ENTRIES_MAX,
      description: 'Coupons, in order; what is subscribed to keeps those that are for it.',
    }),
  ),
  tax: entries('Tax, by hand.'),
  metadata: optional(Metadata),
})
type CreateBody = Static<typeof CreateBody>
type Entry = { readonly amount: number }

function currencyOf(body: CreateBody, accountCurrency: Currency): Currency {
  if (body.iso_currency === undefined) return accountCurrency
  const currency = parseCurrency(body.iso_currency)
  if (currency === null) throw FaceRefusal.invalid('iso_currency must be an ISO 4217 code.')
  return currency
}

function toLines(body: CreateBody, currency: Currency): Json {
  const minor = (field: string, major: number) => Number(toMinor(major, currency, field))
  const toEntry = (field: string) => (one: Entry) => {
    const { amount: major, ...rest } = one
    return { ...rest, amount_minor: minor(field, major) }
  }
  return {
    lines: body.product.map(({ id, quantity, price }) => ({
      product_id: encodeId('product', idAt('product.id', id)),
      quantity,
      ...(price === undefined ? {} : { unit_amount_minor: minor('product.price', price) }),
    })),
    shipping: body.shipping?.map(toEntry('shipping.amount')),
    shipping_by_profile: body.shipping_by_profile,
    discounts: body.discount?.map(toEntry('discount.amount')),
    discount_ids: body.coupon?.map((id) => encodeId('discount', idAt('coupon', id))),
    tax: body.tax?.map(toEntry('tax.amount')),
  }
}

/** What is kept of a sale as it is said: the address too that it was made from, which nothing here acts on. */
function toldOf({
  metadata,
  ip_address,
}: CreateBody): Readonly<Record<string, string>> | undefined {
  if (metadata === undefined && ip_address === undefined) return undefined
  return { ...(ip_address === undefined ? {} : { ip_address }), ...fromMetadata(metadata ?? []) }
}

/** How a sale is paid, in the words of `/v2`. Refuses what its payment type cannot be with, or without. */
function wayOf(body: CreateBody): Json {
  const { payment_type, check_number: reference } = body
  if (reference !== undefined && payment_type !== 'check_direct')
    throw FaceRefusal.invalid('check_number is for payment_type check_direct.')
  if (body.paypal_transaction_id !== undefined && payment_type !== 'paypal')
    throw FaceRefusal.invalid('paypal_transaction_id is for payment_type paypal.')
  switch (payment_type) {
    case 'credit_card':
      return { payment_profile_id: routeOf(body) }
    case 'check_direct':
      refuseCard(body)
      return { paid_by_hand: { method: 'check', reference } }
    case 'offline_payment':
      refuseCard(body)
      return { paid_by_hand: { method: 'other' } }
    case 'paypal':
      throw FaceRefusal.invalid(
        'payment_type paypal is not taken here: no gateway here charges PayPal. What was paid there already is an offline_payment.',
      )
    default:
      return assertNever(payment_type)
  }
}

/** Of a card sale, which is charged to the card that it brings, or to the customer's own. */
function routeOf({ credit_card: card, payment_profile: profile, customer_id }: CreateBody): string {
  if (card?.three_ds !== undefined)
    throw FaceRefusal.invalid(
      'credit_card.three_ds is not taken here: no gateway is told of a challenge that was held elsewhere.',
    )
  if (profile === undefined)
    throw FaceRefusal.invalid('payment_profile is required where payment_type is credit_card.')
  if (card === undefined && customer_id === undefined)
    throw FaceRefusal.invalid('credit_card is required without a customer_id.')
  return encodeId('payment_profile', idAt('payment_profile', profile))
}

function refuseCard({
  credit_card: card,
  payment_profile: profile,
  payment_type,
}: CreateBody): void {
  if (card === undefined && profile === undefined) return
  throw FaceRefusal.invalid(
    `credit_card and payment_profile are for payment_type credit_card: nothing is charged with ${payment_type}.`,
  )
}

async function sell(caller: Caller, body: CreateBody): Promise<V2Answer> {
  const way = wayOf(body)
  const currency = currencyOf(body, caller.context.account.currency)
  const terms = {
    ...way,
    currency,
    campaign: body.campaign,
    shop: body.shop,
    bill_to: body.bill_to === undefined ? undefined : fromShipTo(body.bill_to),
    ship_to: body.ship_to === undefined ? undefined : fromShipTo(body.ship_to),
    metadata: toldOf(body),
    ...toLines(body, currency),
  }
  const buyer = buyerOf(caller, body)
  // Renewals are charged by the customer's default card, which this is once it has paid (spec/revcent.md 2.2).
  const charged =
    body.credit_card === undefined
      ? {}
      : { payment_tokens: await tokensOfCall(caller, body.credit_card), make_default: true }
  // One request: buyer, card and sale are written together, or nothing is.
  return caller.v2.send('POST', '/sales', { ...buyer, ...charged, ...terms })
}

/** A sale as `/v2` tells it, in the words of this face. */
function show(answer: V2Answer): Json {
  const at = (name: string) => answer.at(`data.${name}`)
  const currency = parseCurrency(answer.text('data.currency'))
  const major = (name: string) =>
    currency === null ? null : toMajor(BigInt(Number(at(name))), currency)
  const lines = at('lines')
  const places = Array.isArray(lines) ? lines.map((_, index) => index) : []
  const ids = (kind: 'product' | 'subscription', path: (index: number) => string) =>
    places.flatMap((index) =>
      typeof answer.at(path(index)) === 'string' ? [toCode(answer.idAt(kind, path(index)))] : [],
    )
  return {
    id: toCode(answer.idAt('sale', 'data.id')),
    status: at('status'),
    customer_id: toCode(answer.idAt('customer', 'data.customer_id')),
    campaign: at('campaign'),
    iso_currency: at('currency'),
    amount: major('amount_minor'),
    amount_original_total: major('amount_original_total_minor'),
    amount_discounted: major('amount_discounted_minor'),
    amount_refunded: major('amount_refunded_minor'),
    amount_total: major('amount_total_minor'),
    amount_paid: major('amount_paid_minor'),
    product: ids('product', (index) => `data.lines.${index}.product_id`),
    subscription: ids('subscription', (index) => `data.lines.${index}.subscription.id`),
    metadata: toMetadata(mapOf(at('metadata'))),
  }
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const pathOf = (value: string) => `/sales/${encodeId('sale', pathId(value, 'sale'))}`

export const saleOperations: readonly Operation[] = [
  operation({
    name: 'CreateSale',
    summary: 'Sell, and charge for it',
    method: 'POST',
    path: '/sales',
    pair: { type: 'sale', method: 'create' },
    scope: 'sales:write',
    schemas: { params: nothing, query: nothing, body: CreateBody },
    handle: async (caller, { body }) => {
      const sold = await sell(caller, body)
      const { id, ...sale } = show(sold)
      if (sale['status'] === 'declined')
        throw new FaceRefusal(402, 'declined', (await messageOf(caller, sold)) ?? `The payment of sale ${String(id)} was declined; nothing was begun.`) // prettier-ignore
      return { kind: 'action', fields: { sale_id: id, ...sale }, result: 'Sale created.' }
    },
  }),
  operation({
    name: 'GetSale',
    summary: 'Show a sale',
    method: 'GET',
    path: '/sales/:sale_id',
    pair: { type: 'sale', method: 'retrieve' },
    scope: 'sales:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async ({ v2 }, { params: { sale_id: value } }) => {
      const object = show(await v2.get(pathOf(value)))
      return { kind: 'object', idName: 'sale_id', object }
    },
  }),
  operation({
    name: 'VoidSale',
    summary: 'Take a sale back: refund all, and cancel what it began',
    method: 'POST',
    path: '/sales/:sale_id/void',
    pair: { type: 'sale', method: 'void' },
    scope: 'sales:write',
    schemas: { params, query: nothing, body: nothing },
    handle: async (caller, { params: { sale_id: value } }) => {
      const voided = await caller.v2.send('POST', `${pathOf(value)}/void`, { mode: 'delayed' })
      return {
        kind: 'action',
        fields: {
          sale_id: value,
          customer_id: toCode(voided.idAt('customer', 'data.customer_id')),
          pending_refund: await refundsOfVoid(caller, voided),
        },
        result: 'Sale voided.',
      }
    },
  }),
]

/** The merchant's own words for a decline, where the payment profile has any. */
function messageOf({ context }: Caller, sold: V2Answer): Promise<string | null> {
  const { accountId } = context
  const invoiceId = sold.idAt('invoice', 'data.invoice_id')
  const after = sold.idAt('sale', 'data.id')
  return context.inTx((tx) => findStopMessage(tx, { accountId, invoiceId, after }))
}

/** Without those of the sale that were made before: what was taken back is dated by it. */
async function refundsOfVoid({ context }: Caller, voided: V2Answer): Promise<readonly string[]> {
  const invoiceId = voided.idAt('invoice', 'data.invoice_id')
  const voidedAt = parseInstant(voided.text('data.voided_at'))
  assert(voidedAt !== null, 'a voided sale says when')
  const refunds = await context.inTx((tx) => readRefunds(tx, context.accountId, [invoiceId]))
  return refunds.filter(({ createdAt }) => createdAt >= voidedAt).map(({ id }) => toCode(id))
}
