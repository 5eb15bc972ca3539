import type { SetupIntent } from '@perennial/core/payments'
import type { CommandContext } from '../../../platform/command/index.ts'
import { findCustomer } from '../../customers/index.ts'
import { storedCurrency } from '../../invoices/index.ts'
import { findSetupIntent } from '../../payments/setup-intents/index.ts'
import type { CustomerLink } from '../links/open-link.ts'
import { type CardPageView, problemOf, sumByCurrency } from '../page/card-page.ts'
import { findCardInUse, listOwed } from './queries.ts'

/** What a customer of the account is shown; null when they were deleted. */
export async function readView(
  context: CommandContext,
  link: CustomerLink,
): Promise<CardPageView | null> {
  const { accountId, account } = context
  const { customerId, subscriptionId, setupIntentId } = link
  const { brand } = account.settings
  return context.inTx(async (tx) => {
    const customer = await findCustomer(tx, { accountId, id: customerId })
    if (customer === null || customer.deletedAt !== null) return null
    const owed = await listOwed(tx, { accountId, customerId, subscriptionId })
    const card = await findCardInUse(tx, { accountId, customerId })
    const setup = setupIntentId === null ? null : await findSetupIntent(tx, { accountId, id: setupIntentId }) // prettier-ignore
    const code = owed.find(({ declineCode }) => declineCode !== null)?.declineCode ?? null
    const last4 = card?.last4 ?? null
    return {
      brand: {
        name: brand.displayName ?? account.name,
        logoUrl: brand.logoUrl,
        color: brand.color,
        supportEmail: brand.supportEmail,
      },
      owed: sumByCurrency(owed.map(({ amountMinor, currency }) => ({ amountMinor, currency: storedCurrency(currency) }))), // prettier-ignore
      oldCard: last4 === null ? null : { brand: card?.brand ?? null, last4 },
      problem: code === null ? null : problemOf(code),
      country: customer.country ?? card?.country ?? null,
      tries: link.tries,
      isReturning: setup !== null && isUnderWay(setup),
    }
  })
}

/** A card was given, and what came of it is not told yet. */
export function isUnderWay({ status }: SetupIntent): boolean {
  return status === 'requires_action' || status === 'processing' || status === 'succeeded'
}
