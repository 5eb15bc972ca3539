import Type from 'typebox'
import { cursorQuery } from '../../platform/lists/index.ts'
import {
  amount,
  idField,
  type JsonObject,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'

const STATUSES = ['pending', 'shipped', 'delivered', 'canceled'] as const
const text = (description: string) => nullable(Type.String({ description }))

export const ShipmentItem = Type.Object(
  {
    id: wireId('shipment', 'Id of the shipment.'),
    object: oneOf(['shipment'], { description: 'Always "shipment".' }),
    status: oneOf(STATUSES, { description: 'Where it stands.' }),
    customer_id: wireId('customer', 'Who gets it.'),
    subscription_id: nullable(wireId('subscription', 'The subscription that it is for.')),
    invoice_id: wireId('invoice', 'The paid invoice that it is for; an invoice has one.'),
    provider: text('Who ships.'),
    provider_method: text('How.'),
    shipping_profile_id: nullable(
      wireId('shipping_profile', 'Whose rate was charged; null where none qualified.'),
    ),
    amount_minor: amount('What was charged for shipping, in minor units.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    ship_to: nullable(
      Type.Unsafe<JsonObject>({
        type: 'object',
        additionalProperties: true,
        description: "Where it goes; null = the customer's address.",
      }),
    ),
    tracking_number: text('Under which it can be followed.'),
    metadata: mapField('Your own keys and values.'),
    shipped_at: nullable(timestamp('When it went out.')),
    delivered_at: nullable(timestamp('When it arrived.')),
    canceled_at: nullable(timestamp('When it was called off.')),
    created_at: timestamp('When its invoice was paid.'),
    updated_at: timestamp('When it was last changed.'),
  },
  { title: 'Shipment', description: 'What goes out for a paid invoice.' },
)

export const ShipmentUpdateBody = Type.Object({
  status: Type.Optional(
    oneOf(STATUSES, {
      description:
        'pending to shipped to delivered; a pending one may be canceled, and taken up again.',
    }),
  ),
  provider: Type.Optional(nullable(textField('Who ships.', { maxLength: 100 }))),
  provider_method: Type.Optional(nullable(textField('How.', { maxLength: 100 }))),
  tracking_number: Type.Optional(
    nullable(textField('Under which it can be followed.', { maxLength: 200 })),
  ),
  metadata: Type.Optional(mapField('Your own keys and values; merged, and null removes a key.')),
})
export const ShipmentParams = Type.Object({ id: idField('shipment', 'Id of the shipment.') })
export const ShipmentListQuery = Type.Object({
  ...cursorQuery('shipment'),
  status: Type.Optional(oneOf(STATUSES, { description: 'Only this status.' })),
  subscription_id: Type.Optional(idField('subscription', 'Only those of this subscription.')),
  invoice_id: Type.Optional(idField('invoice', 'Only that of this invoice.')),
})
