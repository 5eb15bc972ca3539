import Type, { type Static } from 'typebox'
import {
  amount,
  amountField,
  bigCountField,
  closedObject,
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import { CustomProfileBody } from '../../subscription-profiles/index.ts'
import { SubscriptionItem } from '../subscriptions/answer-schemas.ts'
import { discountList, taxRateList } from '../extras/schemas.ts'
import { ShipToBody } from '../subscriptions/ship-to.ts'

const optional = Type.Optional

const OPERATIONS = [
  'renew',
  'suspend',
  'activate',
  'cancel',
  'edit',
  'replace_product',
  'extend_trial',
  'shorten_trial',
  'expire_trial',
  'cancel_trial',
] as const

const Charge = Type.Object(
  {
    amount_minor: amount('What the renewal is billed at, in minor units.'),
    credit_applied_minor: amount('How much of it the credit of the customer pays.'),
    charged_minor: amount('What is charged first; 0 where nothing is.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    gateway_id: nullable(wireId('gateway', 'The gateway that is charged first.')),
    payment_method_id: nullable(wireId('payment_method', 'The method that is charged first.')),
    invoice_id: nullable(wireId('invoice', 'The invoice; null in a preview.')),
  },
  { description: 'What is billed now.' },
)

const PreviewedLine = Type.Object(
  {
    kind: oneOf(['item', 'discount', 'shipping', 'tax', 'tax_included'], {
      description: 'As on invoices.',
    }),
    description: Type.String({ description: 'What it is.' }),
    amount_minor: amount('Below zero for a discount.'),
  },
  { description: 'A line of the bill to come.' },
)

export const OperationItem = Type.Object(
  {
    object: oneOf(['subscription_operation'], { description: 'Always "subscription_operation".' }),
    operation: oneOf(OPERATIONS, { description: 'What was asked for.' }),
    is_preview: Type.Boolean({ description: 'True: nothing was written, and nothing charged.' }),
    before: SubscriptionItem,
    after: SubscriptionItem,
    replacement: nullable(SubscriptionItem),
    changed: Type.Array(Type.String({ description: 'Name of a field.' }), {
      description: 'Fields that differ between before and after.',
    }),
    charge: nullable(Charge),
    next_renewal: nullable(
      Type.Object(
        {
          at: timestamp('When it is due.'),
          amount_minor: amount('What it will ask for, before credit.'),
          lines: optional(
            Type.Array(PreviewedLine, {
              description: 'What it is made of, where it carries more than items.',
            }),
          ),
        },
        { description: 'The renewal that follows, of the replacement where there is one.' },
      ),
    ),
    warnings: Type.Array(
      Type.Object({
        code: Type.String({ description: 'Name of the warning.' }),
        message: Type.String({ description: 'The same in words.' }),
      }),
      { description: 'What to know before doing this.' },
    ),
  },
  { title: 'SubscriptionOperation', description: 'What an operation changes, or would change.' },
)

export const OperationAnswer = Type.Object({ data: OperationItem })

const preview = Type.Optional(
  Type.Boolean({ description: 'Tell what would happen, and do nothing; default false.' }),
)

export const MoveBody = closedObject({ preview })
export const CancelNowBody = closedObject({
  preview,
  reason: optional(nullable(textField('Why, for your records.'))),
})

export const EditBody = Type.Object({
  preview,
  amount_minor: optional(
    amountField(
      'What a full period costs from the next bill on, whatever quantity and price say; until either changes.',
    ),
  ),
  unit_amount_minor: optional(
    amountField('What one unit costs from the next bill on; not together with amount_minor.'),
  ),
  quantity: optional(bigCountField('Units from the next bill on.', 1)),
  next_renewal_at: optional(
    textField(
      "When the next renewal is made; with a profile it may lie in the past. A date (YYYY-MM-DD, in the account's time zone) or an ISO 8601 instant. In a trial its end moves along.",
      { maxLength: 40 },
    ),
  ),
  subscription_profile_id: optional(
    idField('subscription_profile', 'The profile to follow; the date that is set stays.'),
  ),
  custom_profile: optional(CustomProfileBody),
  ship_to: optional(ShipToBody),
  add_discounts: optional(
    discountList('Discounts that its bills bear from now on, behind those it has.'),
  ),
  remove_discounts: optional(discountList('Discounts that its bills bear no more.')),
  tax_rate_ids: optional(taxRateList('Tax rates that its bills bear from now on; none = no tax.')),
  metadata: optional(mapField('Merged into what is there; a key set to null is removed.')),
})

export const ReplaceBody = Type.Object({
  preview,
  product_id: idField('product', 'What is sold from now on.'),
  price_id: optional(
    nullable(idField('price', "Price to bill by; default: the product's amount.")),
  ),
  quantity: optional(bigCountField('Units; default 1.', 1)),
  unit_amount_minor: optional(
    nullable(amountField("What one unit costs, in the place of the product's amount.")),
  ),
  transfer_discounts: optional(
    Type.Boolean({
      description: 'Whether the new subscription has the discounts of this one; default false.',
    }),
  ),
})

export type EditRequest = Static<typeof EditBody>
