import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { CardDetails, GatewayPort, TokenQuestion } from '@perennial/core/payments'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { findCustomer, lockCustomer } from '../../customers/index.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'
import { tellCardNews } from '../queries/card-news.ts'
import { findDefaultMethods } from '../queries/default-methods.ts'
import { clearDefaultMethods, insertMethod } from '../queries/payment-methods.ts'
import { isSameInstrument } from './is-same-instrument.ts'
import { toMethodEvent } from './method-events.ts'
import {
  type BillingDetailsChange,
  type PaymentMethod,
  changeBillingDetails,
  toNewMethod,
} from './payment-method.ts'

export type AddPaymentMethod = {
  readonly customerId: Uuid
  /** What the caller believes the token stands for; null = whatever it does. */
  readonly type: 'card' | 'us_bank_account' | 'bank_account' | null
  readonly token: string
  /** Which of the account's gateways made the token; null = the first. */
  readonly gatewayCode: string | null
  readonly isDefault: boolean
  readonly billingDetails: BillingDetailsChange | null
  readonly metadata: JsonObject
  /** A name such as apple_pay, where the token came out of a wallet; counts where the gateway does not tell. */
  readonly wallet?: string | null
  /** The first six or eight digits of the card, which count where the gateway does not tell them. */
  readonly bin?: string | null
  /** What the gateway said of the instrument when it made the token; absent = it is asked. */
  readonly details?: CardDetails
  /** It is kept `inactive`, and nobody is told, until it is verified. */
  readonly isUnverified?: boolean
}

export type AddMethodRefusal =
  | 'customer_not_found'
  | 'gateway_unknown'
  | 'token_malformed'
  | 'gateway_unreachable'
  | 'token_unknown'
  | 'type_differs'

/** A token that its gateway knows, with what it says of the instrument behind it: ready to be kept. */
export type ExaminedToken = {
  /** Of the method that it becomes. */
  readonly id: Uuid
  readonly gatewayId: Uuid
  readonly token: string
  readonly details: CardDetails
}

/** What another gateway calls the same card or account. */
export type OtherToken = Pick<ExaminedToken, 'gatewayId' | 'token'>

/**
 * Attaches a token to a customer, with what its gateway says of the instrument behind it. The first method becomes
 * the default. Refusals are checked in the order of the union.
 */
export async function addPaymentMethod(
  gateways: GatewayDirectory,
  context: CommandContext,
  request: AddPaymentMethod,
): Promise<Decision<PaymentMethod, AddMethodRefusal>> {
  const key = { accountId: context.accountId, id: request.customerId }
  const customer = await context.inTx((tx) => findCustomer(tx, key))
  if (customer === null || customer.deletedAt !== null) return refused('customer_not_found')
  const examined = await examineToken(gateways, context, request)
  if (examined.kind === 'refused') return examined
  return keepPaymentMethod(context, { ...request, examined: examined.value })
}

/** Asks the token's gateway about it, and writes nothing. */
export async function examineToken(
  gateways: GatewayDirectory,
  context: CommandContext,
  request: Pick<AddPaymentMethod, 'type' | 'token' | 'gatewayCode' | 'details'>,
): Promise<Decision<ExaminedToken, Exclude<AddMethodRefusal, 'customer_not_found'>>> {
  const { accountId } = context
  const { token } = request
  const found = await gateways.find(accountId, request.gatewayCode)
  if (found === null) return refused('gateway_unknown')
  const { vendor, gateway } = found
  if (vendor !== null && !vendor.isToken(token)) {
    const message = `A token of ${vendor.name} is ${vendor.tokenForm}.`
    return refused('token_malformed', { message })
  }
  const id = context.ids.next()
  const question = { accountId, paymentMethodId: id, token, at: context.now }
  const described =
    request.details === undefined
      ? await describeToken(found.port, question)
      : accepted(request.details)
  if (described.kind === 'refused') return described
  const details = described.value
  if (request.type !== null && details.type !== request.type) return refused('type_differs')
  return accepted({ id, gatewayId: gateway.id, token, details })
}

/**
 * The same for tokens of several gateways that stand for one card or account: the first is the one that the method begins
 * with. `token_differs` where one stands for something else, or two are of one gateway.
 */
export async function examineTokens(
  gateways: GatewayDirectory,
  context: CommandContext,
  tokens: readonly { readonly token: string; readonly gatewayCode: string | null }[],
): Promise<
  Decision<
    { readonly first: ExaminedToken; readonly others: readonly OtherToken[] },
    Exclude<AddMethodRefusal, 'customer_not_found'> | 'token_differs'
  >
> {
  const decisions = await Promise.all(
    tokens.map((one) => examineToken(gateways, context, { type: null, ...one })),
  )
  const examined: ExaminedToken[] = []
  for (const decision of decisions) {
    if (decision.kind === 'refused') return decision
    examined.push(decision.value)
  }
  const [first, ...others] = examined
  assert(first !== undefined, 'there is a token to be examined')
  if (others.some(({ details }) => !isSameInstrument(first.details, details)))
    return refused('token_differs')
  if (new Set(examined.map(({ gatewayId }) => gatewayId)).size < examined.length)
    return refused('token_differs', { message: 'Give one token of each gateway.' })
  return accepted({ first, others })
}

/** Attaches a token that was examined, and those of other gateways; nobody outside is asked. */
export async function keepPaymentMethod(
  context: CommandContext,
  request: Omit<AddPaymentMethod, 'type' | 'token' | 'gatewayCode' | 'details'> & {
    readonly examined: ExaminedToken
    readonly others?: readonly OtherToken[]
  },
): Promise<Decision<PaymentMethod, 'customer_not_found'>> {
  const { accountId } = context
  const { customerId } = request
  const { id, details, gatewayId, token } = request.examined
  return context.inTx(async (tx) => {
    // Held, so that of two first methods one is the default, and none is added to a customer that is being deleted.
    if ((await lockCustomer(tx, { accountId, id: customerId })) === null)
      return refused('customer_not_found')
    const owners = { accountId, customerIds: [customerId] }
    const defaults = await findDefaultMethods(tx, owners)
    const isUnverified = request.isUnverified ?? false
    if (request.isDefault) await clearDefaultMethods(tx, owners)
    const given = {
      id,
      customerId,
      isDefault: !isUnverified && (request.isDefault || defaults.size === 0),
      wallet: details.wallet === undefined ? (request.wallet ?? null) : details.wallet,
      billingDetails: changeBillingDetails(null, request.billingDetails),
      metadata: request.metadata,
    }
    const fresh = toNewMethod(details, given, context.now)
    const method: PaymentMethod = isUnverified ? { ...fresh, status: 'inactive' } : fresh
    const tokens = [{ gatewayId, token }, ...(request.others ?? [])]
    await insertMethod(tx, accountId, method, {
      tokens,
      cardBin: binOf(details, request.bin ?? null),
    })
    if (method.isDefault) await tellCardNews(tx, { accountId, customerId, at: context.now })
    if (isUnverified) return accepted(method)
    await recordEvents(tx, [
      toMethodEvent(context, { type: 'customer.payment_method.attached', method }),
    ])
    await context.remember(tx, 'payment_method', method.id)
    return accepted(method)
  })
}

/** Six to eight digits, or nothing: never more of a number than that. */
function binOf({ type, bin: told = null }: CardDetails, given: string | null): string | null {
  const bin = told ?? given
  return type === 'card' && bin !== null && /^\d{6,}$/.test(bin) ? bin.slice(0, 8) : null
}

const MANDATE_ENDED =
  'The mandate behind this token has ended at its gateway. Have the payer sign another one.'

/** What a token stands for that can be charged. An adapter throws only where its gateway did not answer. */
export async function describeToken(
  port: GatewayPort,
  question: TokenQuestion,
): Promise<Decision<CardDetails, 'gateway_unreachable' | 'token_unknown'>> {
  const details = await port.describeToken(question).catch(() => 'unreachable' as const)
  if (details === 'unreachable') return refused('gateway_unreachable')
  if (details?.mandate === 'ended') return refused('token_unknown', { message: MANDATE_ENDED })
  return details === null ? refused('token_unknown') : accepted(details)
}
