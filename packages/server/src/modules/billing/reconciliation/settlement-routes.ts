import Type from 'typebox'
import { acceptedOr, type ApiInstance } from '../../../platform/http/index.ts'
import type { BillingDeps } from '../scope.ts'
import { importSettlement } from './import-settlement.ts'
import { settlementErrors } from './settlement-errors.ts'
import {
  SettlementBody,
  SettlementItem,
  SettlementParams,
  toSettlementRows,
  toWireSettlement,
} from './settlement-schemas.ts'

/** Ten thousand rows. */
const BODY_BYTES_MAX = 8 * 1024 * 1024

/** For gateways that do not list what they kept and paid out. */
export function addSettlementRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/gateways/:id/settlements',
    {
      config: { scope: 'payments:write' },
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        tags: ['Reconciliation'],
        summary: "Hand in a gateway's settlement",
        description:
          'Fees and payouts are booked, each line is matched with the payment that it is about, and what differs is noted. All rows or none; handed in again they change nothing. `preview` tells what would be done.',
        params: SettlementParams,
        body: SettlementBody,
        response: { 200: Type.Object({ data: SettlementItem }) },
      },
    },
    async ({ context, params, body }) => {
      const rows = toSettlementRows(body)
      const request = { gatewayId: params.id, rows, isPreview: body.preview === true }
      const decision = await importSettlement(deps, context, request)
      return { data: toWireSettlement(acceptedOr(decision, settlementErrors), request) }
    },
  )
}
