import type { IdKind } from '@perennial/core/ids'
import Type from 'typebox'
import { idField, integerField, mapField } from '../../../platform/wire/index.ts'

/** Things of one kind that one request says something of. */
const EACH_MAX = 500
const SALES_MAX = 20
const LINES_MAX = 100

const ids = (kind: IdKind, what: string) =>
  Type.Optional(
    Type.Array(idField(kind, 'Id of one of them.'), {
      maxItems: EACH_MAX,
      description: what,
    }),
  )

export const MetadataBody = Type.Object({
  customer_id: idField('customer', 'The customer, of whom it is said in any case.'),
  subscription_ids: ids('subscription', 'Subscriptions.'),
  invoice_ids: ids('invoice', 'Invoices.'),
  sales: Type.Optional(
    Type.Array(
      Type.Object(
        {
          id: idField('sale', 'Id of the sale.'),
          lines_only: Type.Optional(
            Type.Boolean({
              description:
                'Whether it is said of its lines alone, and not of the sale itself; default false.',
            }),
          ),
          lines: Type.Optional(
            Type.Array(
              integerField('Place of the line in the sale.', { minimum: 0, maximum: 1_000 }),
              {
                maxItems: LINES_MAX,
                description: 'Lines of it.',
              },
            ),
          ),
        },
        { description: 'A sale.' },
      ),
      { maxItems: SALES_MAX, description: 'Sales, and lines of sales.' },
    ),
  ),
  shipment_ids: ids('shipment', 'Shipments.'),
  dispute_ids: ids('dispute', 'Disputes.'),
  metadata: mapField(
    'Your own keys and values; merged with those of each, and null removes a key.',
  ),
})

export const MetadataAnswer = Type.Object({
  success: Type.Boolean({ description: 'Always true.' }),
})
