import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { SetupIntent } from '@perennial/core/payments'
import type { CommandContext } from '../../../platform/command/index.ts'
import { storedCurrency } from '../../invoices/index.ts'
import {
  findMethod,
  listSubscriptionMethods,
  makeMethodDefault,
  orderSubscriptionMethods,
} from '../../payments/methods/index.ts'
import type { CustomerLink } from '../links/open-link.ts'
import { burnLink, forgetVerification } from '../links/queries.ts'
import {
  type CardOutcome,
  type NewCard,
  type Owed,
  problemOf,
  sumByCurrency,
} from '../page/card-page.ts'
import type { CustomerCardDeps } from './customer-deps.ts'
import { listOwed, type OwedBill } from './queries.ts'

type Given = { readonly link: CustomerLink; readonly setup: SetupIntent }

/**
 * A verified card takes the old one's place: it pays what is owed, and is charged from then on. The link is used up unless
 * the money could not be taken, or another charge of it is under way, which may be refused. Null when another call was first.
 */
export async function finishUpdate(
  deps: CustomerCardDeps,
  context: CommandContext,
  { link, setup }: Given,
): Promise<CardOutcome | null> {
  const { paymentMethodId } = setup
  assert(paymentMethodId !== null, 'what was verified is a method')
  const { accountId } = context
  const { customerId, subscriptionId } = link
  const owed = await context.inTx((tx) => listOwed(tx, { accountId, customerId, subscriptionId }))
  // First: a new default makes cases try it by themselves, but never a card that they have tried.
  const paid = await payAll(deps, context, { owed, paymentMethodId })
  await useFromNowOn(context, { owed, paymentMethodId, subscriptionId })
  const key = { accountId, id: link.id }
  if (paid.kind === 'declined') {
    const { tries } = link
    // Opened again, the page asks for another card and does not charge this one once more.
    await context.inTx((tx) => forgetVerification(tx, key, setup.id))
    return {
      kind: 'declined',
      problem: problemOf(paid.code),
      tries,
      isSaved: true,
      nextToken: null,
    }
  }
  if (paid.kind === 'busy') return { kind: 'processing' }
  const isFirst = await context.inTx((tx) => burnLink(tx, key, deps.clock.now()))
  if (!isFirst) return null
  if (paid.kind === 'processing') return { kind: 'processing' }
  const card = await describe(context, paymentMethodId)
  return paid.paid.length === 0
    ? { kind: 'saved', card, notCharged: paid.isAnyLater ? 'later' : null }
    : { kind: 'paid', card, paid: sumByCurrency(paid.paid) }
}

type Paid =
  | { readonly kind: 'settled'; readonly paid: readonly Owed[]; readonly isAnyLater: boolean }
  | { readonly kind: 'processing' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'declined'; readonly code: string }

/** The oldest first, and none after a decline: a card that has just said no says it again. */
async function payAll(
  deps: CustomerCardDeps,
  context: CommandContext,
  given: { readonly owed: readonly OwedBill[]; readonly paymentMethodId: Uuid },
): Promise<Paid> {
  const { owed, paymentMethodId } = given
  const paid: Owed[] = []
  let isAnyLater = false
  for (const { invoiceId, amountMinor, currency } of owed) {
    const outcome = await deps.payBill(context, { invoiceId, paymentMethodId })
    const { kind } = outcome
    if (kind === 'declined' || kind === 'processing' || kind === 'busy') return outcome
    if (kind === 'failed') return { kind: 'declined', code: 'processing_error' }
    // What the networks forbid now stays with its recovery, which knows when it may be tried.
    if (kind === 'forbidden') isAnyLater = true
    else paid.push({ amountMinor, currency: storedCurrency(currency) })
  }
  return { kind: 'settled', paid, isAnyLater }
}

/** The customer's default, and the first of the subscriptions concerned that name methods of their own. */
async function useFromNowOn(
  context: CommandContext,
  given: {
    readonly owed: readonly OwedBill[]
    readonly paymentMethodId: Uuid
    readonly subscriptionId: Uuid | null
  },
): Promise<void> {
  const { owed, paymentMethodId, subscriptionId } = given
  const concerned = new Set(owed.map((bill) => bill.subscriptionId))
  if (subscriptionId !== null) concerned.add(subscriptionId)
  for (const id of concerned) {
    const named = await context.inTx((tx) => listSubscriptionMethods(tx, context.accountId, id))
    if (named.length === 0) continue
    const others = named.filter((place) => place.paymentMethodId !== paymentMethodId)
    const ids = [paymentMethodId, ...others.map((place) => place.paymentMethodId)]
    const places = ids.map((methodId, priority) => ({ paymentMethodId: methodId, priority }))
    await orderSubscriptionMethods(context, { subscriptionId: id, places })
  }
  await makeMethodDefault(context, paymentMethodId)
}

async function describe(context: CommandContext, id: Uuid): Promise<NewCard> {
  const method = await context.inTx((tx) => findMethod(tx, { accountId: context.accountId, id }))
  return { brand: method?.brand ?? null, last4: method?.last4 ?? '' }
}
