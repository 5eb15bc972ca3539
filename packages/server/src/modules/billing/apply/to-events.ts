import type { ChangeSet, Fact } from '@perennial/core/billing'
import type { DunningRun } from '@perennial/core/dunning'
import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { CreditNote, Invoice } from '@perennial/core/invoices'
import type { NewEvent } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { toWireInvoice } from '../../invoices/index.ts'
import { toWireDispute } from '../../disputes/index.ts'
import { toWireSale } from '../../sales/index.ts'
import { toWireIntent, toWirePayment } from '../../payments/index.ts'
import { toWireSubscription } from '../../subscriptions/index.ts'
import { toWireMoneyBack } from './write-money-back.ts'
import { recoveryPolicyOf, type BillingScope } from '../scope.ts'
import { aboutFact } from './about-fact.ts'

type EventSource = {
  readonly changes: ChangeSet
  readonly nextId: () => Uuid
  readonly numbered: (invoice: Invoice) => Invoice
  readonly numberedNote: (note: CreditNote) => CreditNote
  readonly dunning: ReadonlyMap<Uuid, DunningRun>
}

export function* toEvents(scope: BillingScope, source: EventSource): Iterable<NewEvent> {
  // Events of one object often follow each other: its JSON is made once.
  let before: { readonly key: object; readonly wire: JsonObject } | null = null
  for (const fact of source.changes.facts) {
    const about = aboutFact(fact)
    const wire: JsonObject = before?.key === about.key ? before.wire : toWire(scope, source, fact)
    before = { key: about.key, wire }
    yield {
      accountId: scope.accountId,
      id: source.nextId(),
      type: fact.type,
      objectKind: about.kind,
      objectId: about.id,
      factNumber: fact.number,
      customerId: about.customerId,
      subscriptionId: about.subscriptionId,
      invoiceId: about.invoiceId,
      data: wire,
      previousAttributes: fact.previous === null ? null : (fact.previous as JsonObject),
      request: scope.request,
      occurredAt: fact.at,
    }
  }
}

function toWire(scope: BillingScope, source: EventSource, fact: Fact): JsonObject {
  const { subject } = fact
  switch (subject.kind) {
    case 'subscription':
      return toWireSubscription(subject.subscription, {
        accountId: scope.accountId,
        items: subject.items,
        recovery: subject.recovery,
        dunning: source.dunning.get(subject.subscription.id) ?? null,
        retriesMax: recoveryPolicyOf(scope.account).retryDays.length,
        now: fact.at,
      }) as JsonObject
    case 'invoice':
      return toWireInvoice(source.numbered(subject.invoice), subject.lines) as JsonObject
    case 'sale':
      return toWireSale(subject, subject.invoice) as JsonObject
    case 'transaction':
      return toWirePayment(subject.transaction)
    case 'payment_intent':
      return toWireIntent(subject.intent, scope.environment === 'live') as JsonObject
    case 'dispute':
      return toWireDispute(subject.dispute)
    case 'refund':
    case 'void':
    case 'credit_note':
      return toWireMoneyBack(subject, source.numberedNote)
    default:
      return assertNever(subject)
  }
}
