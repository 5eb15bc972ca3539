import Type from 'typebox'
import { acceptedOr, type ApiInstance } from '../../../platform/http/index.ts'
import {
  AcceptDifferenceBody,
  DifferenceItem,
  DifferenceParams,
  ResolveBody,
  toWireDifference,
} from '../../payments/reconciliation/index.ts'
import type { BillingDeps } from '../scope.ts'
import { acceptDifference } from './accept-difference.ts'
import { differenceErrors } from './difference-errors.ts'
import { resolveDifference } from './resolve-difference.ts'

const tags = ['Reconciliation']
const One = Type.Object({ data: DifferenceItem })

/** What a person does about where our books and a gateway disagree. */
export function addDifferenceRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/reconciliation-differences/:id/resolve',
    {
      config: { scope: 'payments:write' },
      schema: {
        tags,
        summary: 'Resolve a difference with a note',
        description:
          'Of `missing_here` the line is booked to suspense, so that nothing of it stays in the clearing. Otherwise it books nothing: put the books right first. A resolved one stays as it is.',
        params: DifferenceParams,
        body: ResolveBody,
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await resolveDifference(deps, context, { id, note: body.note })
      return { data: toWireDifference(acceptedOr(decision, differenceErrors)) }
    },
  )

  app.post(
    '/reconciliation-differences/:id/accept',
    {
      config: { scope: 'payments:write' },
      schema: {
        tags,
        summary: 'Book a charge that was made at the gateway as a payment of an invoice',
        description:
          'For `missing_here` of a charge, in the currency of the invoice and of no more than it owes. It becomes a payment through that gateway, with its reference, so that refunds and disputes find it; what was booked to suspense for it is taken back. An accepted one stays as it is.',
        params: DifferenceParams,
        body: AcceptDifferenceBody,
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const { invoice_id: invoiceId, note } = body
      const decision = await acceptDifference(deps, context, { id, invoiceId, note })
      return { data: toWireDifference(acceptedOr(decision, differenceErrors)) }
    },
  )
}
