import type { Static } from 'typebox'
import { requireScope, type ApiModule, type Scope } from '../../../platform/http/index.ts'
import type { BillingDeps } from '../scope.ts'
import { MetadataAnswer, MetadataBody } from './schemas.ts'
import { writeMetadata, type MetadataTargets } from './write-metadata.ts'

const told = { success: true }

/** `POST /v2/metadata`. */
export function metadataRoutes(deps: BillingDeps): ApiModule {
  return (app) => {
    app.post(
      '/metadata',
      {
        config: { scope: 'customers:write', reload: async () => told },
        schema: {
          tags: ['Customers'],
          summary: 'Say the same of a customer and of what is theirs',
          description:
            'The keys and values are merged into the metadata of each, of all or of none. The API key needs the scope of each kind that is named, such as invoices:write.',
          body: MetadataBody,
          response: { 200: MetadataAnswer },
        },
      },
      async ({ context, apiKey, body }) => {
        const targets = targetsOf(body)
        refuseBeyondScopes(apiKey?.scopes ?? [], targets)
        await writeMetadata(deps, context, { targets, metadata: body.metadata })
        return told
      },
    )
  }
}

function targetsOf(body: Static<typeof MetadataBody>): MetadataTargets {
  return {
    customerId: body.customer_id,
    subscriptionIds: body.subscription_ids ?? [],
    invoiceIds: body.invoice_ids ?? [],
    sales: (body.sales ?? []).map(({ id, lines_only: linesOnly = false, lines = [] }) => ({
      id,
      isNamed: !linesOnly,
      positions: lines,
    })),
    shipmentIds: body.shipment_ids ?? [],
    disputeIds: body.dispute_ids ?? [],
  }
}

/** What one of them needs is asked of the key before anything is written. */
function refuseBeyondScopes(granted: readonly string[], targets: MetadataTargets): void {
  const { subscriptionIds, invoiceIds, sales, shipmentIds, disputeIds } = targets
  const needed: readonly (readonly [named: readonly unknown[], scope: Scope])[] = [
    [subscriptionIds, 'subscriptions:write'],
    [invoiceIds, 'invoices:write'],
    [sales, 'sales:write'],
    [shipmentIds, 'shipping:write'],
    [disputeIds, 'disputes:write'],
  ]
  for (const [named, scope] of needed) if (named.length > 0) requireScope(granted, scope)
}
