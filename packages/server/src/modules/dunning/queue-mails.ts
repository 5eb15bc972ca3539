import type { DunningMail, DunningRun } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import { owedMinor, type Invoice } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Subscription } from '@perennial/core/subscriptions'
import { addDays, formatInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../platform/db/index.ts'
import type { Ids } from '../../platform/ids/index.ts'
import { recordMail } from '../../platform/outbox/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { findProducts } from '../catalog/index.ts'
import { findCustomers, type Customer } from '../customers/index.ts'
import { findDefaultCards, type DefaultCard } from '../payments/index.ts'
import { findChargedCards } from './queries/charged-cards.ts'

/** Makes a link for each owner on which they replace a card, once; its token, in the order of the owners. */
export type CreateCardLinks = (
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly owners: readonly { readonly customerId: Uuid; readonly subscriptionId: Uuid | null }[]
  },
) => Promise<readonly string[]>

export type MailTools = { readonly ids: Ids; readonly createCardLinks: CreateCardLinks }

export type WantedMail = {
  readonly mail: DunningMail
  readonly run: DunningRun
  readonly subscription: Subscription
  readonly invoice: Invoice
  readonly recovery: RecoveryCase
  readonly at: Instant
}

/** These say that all is well, or that nothing can be done about it here. */
const WITHOUT_LINK: ReadonlySet<DunningMail> = new Set([
  'payment_recovered',
  'subscription_canceled',
])

/** Queues mails about failed payments, a set at a time, each once: by the run, its beginning and how far it is. */
export async function queueDunningMails(
  tx: Tx,
  tools: MailTools,
  given: { readonly accountId: Uuid; readonly wanted: readonly WantedMail[] },
): Promise<void> {
  const { accountId, wanted } = given
  if (wanted.length === 0) return
  const recipients = await loadRecipients(tx, accountId, {
    customerIds: wanted.map(({ run }) => run.customerId),
    productIds: wanted.flatMap(({ subscription }) => subscription.productId ?? []),
  })
  const reached = wanted.filter(({ run }) => recipients.customers.has(run.customerId))
  const linked = reached.filter(({ mail }) => !WITHOUT_LINK.has(mail))
  const owners = linked.map(({ run }) => ({
    customerId: run.customerId,
    subscriptionId: run.subscriptionId,
  }))
  const tokens = owners.length === 0 ? [] : await tools.createCardLinks(tx, { accountId, owners })
  const cards = await findChargedCards(
    tx,
    accountId,
    reached.map(({ run }) => run),
  )
  const tokenOf = new Map(linked.map((each, index) => [each, tokens[index] ?? null]))
  const mails = reached.flatMap((each, index) => {
    const customer = recipients.customers.get(each.run.customerId)
    if (customer === undefined) return []
    const { mail, run, at } = each
    const moment = formatInstant(run.startedAt)
    const { productId } = each.subscription
    return [
      {
        accountId,
        id: tools.ids.next(),
        dedupeKey: `dunning:${run.id}:${moment}:${run.mailsSent}:${mail}`,
        to: customer.email,
        template: mail,
        data: {
          ...toRecipient(recipients, { customer, productId, card: cards.get(index) }),
          ...toFacts(each),
          card_link_token: tokenOf.get(each) ?? null,
        },
        createdAt: at,
      },
    ]
  })
  await recordMail(tx, mails)
}

export type Recipients = {
  readonly customers: ReadonlyMap<Uuid, Customer>
  readonly cards: ReadonlyMap<Uuid, DefaultCard>
  readonly productNames: ReadonlyMap<Uuid, string>
}

const NO_CARDS: ReadonlyMap<Uuid, DefaultCard> = new Map()

/** Who mails go to; deleted customers get none. `withCards`: false where each mail is about a card of its own. */
export async function loadRecipients(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly customerIds: readonly Uuid[]
    readonly productIds: readonly Uuid[]
    readonly withCards?: boolean
  },
): Promise<Recipients> {
  const customerIds = [...new Set(of.customerIds)]
  const productIds = [...new Set(of.productIds)]
  const [customers, cards, products] = await Promise.all([
    findCustomers(tx, accountId, customerIds),
    of.withCards === false ? NO_CARDS : findDefaultCards(tx, { accountId, customerIds }),
    productIds.length === 0 ? [] : findProducts(tx, accountId, productIds),
  ])
  const living = customers.filter(({ deletedAt }) => deletedAt === null)
  return {
    customers: new Map(living.map((customer) => [customer.id, customer])),
    cards,
    productNames: new Map(products.map(({ id, name }) => [id, name])),
  }
}

/** Who it is for, as templates know it: with the default card unless it is about another. A customer's language is a key of its metadata. */
export function toRecipient(
  recipients: Recipients,
  of: {
    readonly customer: Customer
    readonly productId: Uuid | null
    readonly card?: DefaultCard | undefined
  },
): JsonObject {
  const { customer, productId } = of
  const { language } = customer.metadata
  const card = of.card ?? recipients.cards.get(customer.id)
  return {
    customer_name: customer.name,
    language: typeof language === 'string' ? language : null,
    product_name: productId === null ? null : (recipients.productNames.get(productId) ?? null),
    card_brand: card?.brand ?? null,
    card_last4: card?.last4 ?? null,
  }
}

function toFacts({ mail, run, invoice, recovery, at }: WantedMail): JsonObject {
  const isOver = mail === 'payment_recovered'
  const suspends = (run.steps ?? [])
    .slice(run.stepsDone)
    .find(({ action }) => action === 'restrict')
  const { nextAttemptAt } = recovery
  const isTry = recovery.state === 'open' && nextAttemptAt !== null && nextAttemptAt > at
  return {
    invoice_number: invoice.number,
    currency: invoice.currency,
    amount_minor: toWireMinor(isOver ? invoice.totalMinor : owedMinor(invoice)),
    next_retry_at: isTry ? formatInstant(nextAttemptAt) : null,
    access_ends_at:
      suspends === undefined ? null : formatInstant(addDays(run.startedAt, suspends.day)),
  }
}
