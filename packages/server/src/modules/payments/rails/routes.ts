import { type Uuid, encodeId } from '@perennial/core/ids'
import { owedMinor } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { type Customer, findCustomer } from '../../customers/index.ts'
import { type StoredInvoice, findInvoice } from '../../invoices/index.ts'
import { CustomerParams } from '../methods/schemas.ts'
import { findLiveMandate, type LiveMandate } from '../queries/mandates.ts'
import { findCardUse } from '../queries/payment-methods.ts'
import { PaymentRails, PreferredRails, PreferredRailsQuery, RailsQuery } from './schemas.ts'
import { type Rail, type RailFacts, listRails, rankRails } from './weigh-rails.ts'

const tags = ['Payment methods']

export function addRailRoutes(app: ApiInstance): void {
  app.get(
    '/customers/:id/payment-rails',
    {
      config: { scope: 'payment_methods:read' },
      schema: {
        tags,
        summary: 'Tell how a customer can pay',
        params: CustomerParams,
        querystring: RailsQuery,
        response: { 200: PaymentRails },
      },
    },
    async ({ context, params: { id }, query }) => {
      const { facts, invoice } = await loadFacts(context, id, query.invoice_id ?? null)
      const rails = listRails(facts).map((rail) => toWireRail(rail, facts))
      return { data: { ...idsOf(id, invoice), rails } }
    },
  )

  app.get(
    '/customers/:id/preferred-rails',
    {
      config: { scope: 'payment_methods:read' },
      schema: {
        tags,
        summary: 'Tell how a customer had best pay',
        params: CustomerParams,
        querystring: PreferredRailsQuery,
        response: { 200: PreferredRails },
      },
    },
    async ({ context, params: { id }, query }) => {
      const { facts, invoice, customer } = await loadFacts(context, id, query.invoice_id ?? null)
      const owed = invoice === null ? null : owedMinor(invoice)
      const amountMinor = query.amount_minor ?? query.amount ?? owed
      const rails = rankRails(facts).map((rail) => ({
        ...toWireRail(rail, facts),
        ...(rail.rail === 'direct_debit' && facts.mandate !== null
          ? { mandate: toWireMandateState(facts.mandate) }
          : {}),
        rank: rail.rank,
        score: rail.score,
        reason: rail.reasons[0] ?? '',
        reasons: [...rail.reasons],
      }))
      return {
        data: {
          ...idsOf(id, invoice),
          amount_minor: amountMinor === null ? null : toWireMinor(amountMinor),
          currency: invoice?.currency ?? customer.currency ?? context.account.currency,
          preferred_rails: rails,
        },
      }
    },
  )
}

type Loaded = {
  readonly facts: RailFacts
  readonly customer: Customer
  readonly invoice: StoredInvoice | null
}

async function loadFacts(
  context: CommandContext,
  customerId: Uuid,
  invoiceId: Uuid | null,
): Promise<Loaded> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const customer = await findCustomer(tx, { accountId, id: customerId })
    if (customer === null || customer.deletedAt !== null) throw ApiRefusal.notFound('customer')
    const invoice = invoiceId === null ? null : await findInvoice(tx, accountId, invoiceId)
    const isForeign = invoice !== null && invoice.customerId !== customerId
    if (isForeign || (invoice === null && invoiceId !== null))
      throw ApiRefusal.notFound('invoice of this customer', 'invoice_id')
    const card = await findCardUse(tx, { accountId, customerId })
    const mandate = await findLiveMandate(tx, accountId, customerId)
    return {
      facts: { ...card, mandate, allowed: invoice?.allowedMethods ?? null },
      customer,
      invoice,
    }
  })
}

function idsOf(customerId: Uuid, invoice: StoredInvoice | null) {
  return {
    customer_id: encodeId('customer', customerId),
    invoice_id: invoice === null ? null : encodeId('invoice', invoice.id),
  }
}

/** Upper case here alone (revkeen 2.14). */
const STATES = {
  pending_lodgement: 'PENDING_LODGEMENT',
  active: 'ACTIVE',
  suspended: 'SUSPENDED',
} as const

function toWireMandateState({ id, status, createdAt }: LiveMandate) {
  return {
    id: String(id),
    status: STATES[status],
    created_at: formatInstant(createdAt),
    bureau_suspend_confirmed: null,
  }
}

function toWireRail({ rail, reasonIfNot, lastUsedAt }: Rail, { mandate }: RailFacts) {
  const debited = rail === 'direct_debit' ? mandate : null
  return {
    rail,
    available: reasonIfNot === null,
    reason_if_not: reasonIfNot,
    last_used_at: formatInstantOrNull(lastUsedAt),
    mandate_ref: debited?.ref ?? null,
    ...(debited === null ? {} : { mandate_id: encodeId('mandate', debited.id) }),
  }
}
