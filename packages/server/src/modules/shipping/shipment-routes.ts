import type { Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../platform/command/index.ts'
import { acceptedOr, type ApiInstance, ApiRefusal } from '../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import { changeShipment } from './change-shipment.ts'
import { shipmentErrors } from './errors.ts'
import { findShipment, listShipments } from './queries.ts'
import {
  ShipmentItem,
  ShipmentListQuery,
  ShipmentParams,
  ShipmentUpdateBody,
} from './shipment-schemas.ts'
import { toWireShipment } from './wire.ts'

const Answer = Type.Object({ data: ShipmentItem })
const tags = ['Shipping']

export async function answerWithShipment(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const shipment = await context.inTx((tx) => findShipment(tx, { accountId, id }))
  return shipment === null ? null : { data: toWireShipment(shipment) }
}

export function addShipmentRoutes(app: ApiInstance): void {
  app.get(
    '/shipments',
    {
      config: { scope: 'shipping:read' },
      schema: {
        tags,
        summary: 'List shipments',
        querystring: ShipmentListQuery,
        response: { 200: cursorListOf(ShipmentItem, 'Shipments, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const filter = {
        status: query.status ?? null,
        subscriptionId: query.subscription_id ?? null,
        invoiceId: query.invoice_id ?? null,
      }
      const page = await context.inTx((tx) =>
        listShipments(tx, { accountId, filter, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/shipments', toItem: toWireShipment })
    },
  )

  app.get(
    '/shipments/:id',
    {
      config: { scope: 'shipping:read' },
      schema: {
        tags,
        summary: 'Show a shipment',
        params: ShipmentParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const answer = await answerWithShipment(context, params.id)
      if (answer === null) throw ApiRefusal.notFound('shipment')
      return answer
    },
  )

  app.patch(
    '/shipments/:id',
    {
      config: { scope: 'shipping:write' },
      schema: {
        tags,
        summary: 'Say how far a shipment has come',
        params: ShipmentParams,
        body: ShipmentUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = {
        status: body.status,
        provider: body.provider,
        providerMethod: body.provider_method,
        trackingNumber: body.tracking_number,
        metadata: body.metadata,
      }
      const changed = await changeShipment(context, { id, change })
      return { data: toWireShipment(acceptedOr(changed, shipmentErrors)) }
    },
  )
}
