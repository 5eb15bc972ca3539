import { CARD_NOTICE_DAYS, cardNoticeAt, cardOverOn } from '@perennial/core/dunning'
import { addDaysToDate, formatInstant, plainDateAt, startOfDay } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordMail } from '../../../platform/outbox/index.ts'
import {
  claimEndingCards,
  countNotices,
  loadRecipients,
  toRecipient,
  type EndingCard,
} from '../../dunning/index.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/**
 * Owners of cards that end soon, 30 and 7 days before, each once: where a running subscription is charged to the
 * card, they get a mail with a link to give another one. Returns how many cards were looked at.
 */
export async function noticeCardsBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  let looked = 0
  for (const [notices, daysBefore] of CARD_NOTICE_DAYS.entries()) {
    looked += await deps.database.tx(
      (tx) => noticeOnce(deps, tx, scope, { window, notices, daysBefore }),
      { retry: true },
    )
  }
  return looked
}

type Notice = {
  readonly window: DueWindow
  /** Those that were given before this one. */
  readonly notices: number
  readonly daysBefore: number
}

async function noticeOnce(
  deps: BillingDeps,
  tx: Tx,
  scope: BillingScope,
  notice: Notice,
): Promise<number> {
  const { accountId, account } = scope
  const { notices, daysBefore, window } = notice
  const today = plainDateAt(window.until, account.timezone)
  const monthOf = addDaysToDate(today, daysBefore)
  const cards = await claimEndingCards(tx, accountId, { notices, monthOf, limit: deps.batchSize })
  if (cards.length === 0) return 0
  const ids = cards.map(({ id }) => id)
  await countNotices(tx, accountId, { ids, notices: notices + 1 })
  const told = account.settings.dunning.emailEnabled
    ? cards.filter((card) => isToTell(card, scope, notice))
    : []
  await tell(deps, tx, scope, { cards: told, notice })
  return cards.length
}

/** Not when nothing is charged to it, when it came so late that its end is no news, or when a later notice is due. */
function isToTell(card: EndingCard, { account }: BillingScope, notice: Notice): boolean {
  const { timezone } = account
  const next = CARD_NOTICE_DAYS[notice.notices + 1] ?? 0
  return (
    card.subscription !== null &&
    card.createdAt <= cardNoticeAt(card, notice.daysBefore, timezone) &&
    notice.window.until < cardNoticeAt(card, next, timezone)
  )
}

async function tell(
  deps: BillingDeps,
  tx: Tx,
  scope: BillingScope,
  given: { readonly cards: readonly EndingCard[]; readonly notice: Notice },
): Promise<void> {
  const { cards, notice } = given
  if (cards.length === 0) return
  const { accountId, account } = scope
  const owners = cards.map(({ customerId, subscription }) => ({
    customerId,
    subscriptionId: subscription?.id ?? null,
  }))
  const recipients = await loadRecipients(tx, accountId, {
    customerIds: owners.map(({ customerId }) => customerId),
    productIds: cards.flatMap(({ subscription }) => subscription?.productId ?? []),
  })
  const tokens = await deps.createCardLinks(tx, { accountId, owners })
  const mails = cards.flatMap((card, index) => {
    const customer = recipients.customers.get(card.customerId)
    if (customer === undefined) return []
    const lastDay = addDaysToDate(cardOverOn(card), -1)
    const noticeAt = cardNoticeAt(card, notice.daysBefore, account.timezone)
    const at = decidedAt(notice.window, noticeAt)
    return [
      {
        accountId,
        id: deps.ids.next(),
        dedupeKey: `card_expiring:${card.id}:${card.year}-${card.month}:${notice.daysBefore}`,
        to: customer.email,
        template: 'card_expiring',
        data: {
          ...toRecipient(recipients, {
            customer,
            productId: card.subscription?.productId ?? null,
          }),
          card_brand: card.brand,
          card_last4: card.last4,
          card_ends_at: formatInstant(startOfDay(lastDay, account.timezone)),
          card_link_token: tokens[index] ?? null,
        },
        createdAt: at,
      },
    ]
  })
  await recordMail(tx, mails)
}
