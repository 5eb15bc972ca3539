import { VISA_ATTEMPTS } from '@perennial/core/recovery'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  amountField,
  given,
  idField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import {
  type CustomDescriptor,
  type GatewaySettings,
  USAGE_METRICS,
  USAGE_PERIODS,
} from './gateway-account.ts'

const text = (description: string) => Type.String({ description })
const flag = (description: string) => Type.Boolean({ description })
const PPM_MAX = 1_000_000
const RULE_MAX = 1_000_000_000_000
const VISA =
  'Refused tries of one amount on a Visa card in 30 days, at most, before no more is sent here: 15, or what its acquirer allows, up to 20. Null = `recovery.visa_attempts_max` of the account.'
const PREFERENCE = "Place in the account's order of preference; the smallest comes first."

const CascadeRuleItem = Type.Object(
  {
    metric: oneOf(USAGE_METRICS, { description: 'What is counted.' }),
    period: oneOf(USAGE_PERIODS, { description: 'Over which time.' }),
    max: Type.Integer({
      minimum: 0,
      maximum: RULE_MAX,
      description:
        'Reached at most, the attempt about to be made included. Minor units, a count, or percent.',
    }),
  },
  { description: 'How much the gateway may be used.' },
)

const DESCRIPTOR_FIELDS = [
  'name',
  'email',
  'url',
  'phone',
  'address',
  'city',
  'state',
  'postal_code',
] as const
const descriptorFields = Object.fromEntries(
  DESCRIPTOR_FIELDS.map((name) => [
    name,
    nullable(textField(`The merchant's ${name.replace('_', ' ')}.`, { maxLength: 200 })),
  ]),
) as {
  readonly [Name in (typeof DESCRIPTOR_FIELDS)[number]]: ReturnType<
    typeof nullable<ReturnType<typeof textField>>
  >
}

const DescriptorItem = Type.Object(
  { enabled: flag('Whether it replaces what the gateway itself prints.'), ...descriptorFields },
  { description: 'What the customer reads on a statement.' },
)

export const GatewayItem = Type.Object(
  {
    id: wireId('gateway', 'Id of the gateway.'),
    object: oneOf(['gateway'], { description: 'Always "gateway".' }),
    code: text('How payment methods and charges name it.'),
    kind: text('Which gateway it is: one of /v2/gateways/vendors, or "simulated".'),
    name: text('Your name for it.'),
    description: nullable(text('Your own note.')),
    enabled: flag('Whether new charges are sent to it.'),
    position: Type.Integer({ description: PREFERENCE }),
    credentials: mapField('Which credentials are kept; of secrets the last four characters.'),
    credentials_version: Type.Integer({ description: 'Rises with every rotation.' }),
    previous_credentials_until: nullable(
      timestamp('Until then webhooks signed with the secret before are believed.'),
    ),
    base_url: nullable(text("What stands in the gateway's place, in a sandbox.")),
    merchant_account_id: nullable(text("The merchant's number at the acquirer.")),
    discount_rate_ppm: Type.Integer({
      description: 'Kept of an approved charge, in parts per million: 29000 = 2.9 %.',
    }),
    flat_fee_approved: amount('Fee for an approved charge, in minor units.'),
    flat_fee_declined: amount('Fee for a declined charge, in minor units.'),
    acquirer_bins: Type.Array(Type.String({ description: 'Six or eight digits.' }), {
      description: 'BINs of the acquirer.',
    }),
    monthly_cap: nullable(amount('Volume agreed for a month, in minor units; for reports only.')),
    custom_descriptor: nullable(DescriptorItem),
    global_cascade_rules: Type.Array(CascadeRuleItem, {
      description: 'How much the gateway may be used.',
    }),
    smart_bin_enabled: flag('Whether its approval rates per BIN are learned.'),
    visa_attempts_max: nullable(Type.Integer({ description: VISA })),
    webhook_url: text('The address to give the gateway for its webhooks.'),
    version: Type.Integer({ description: 'Rises with every change.' }),
    created_at: timestamp('When it was connected.'),
    updated_at: timestamp('When it last changed.'),
    archived_at: nullable(timestamp('When it was taken out of use; null otherwise.')),
  },
  { title: 'Gateway', description: "A merchant's own account at a gateway." },
)

const settingFields = {
  description: Type.Optional(nullable(textField('Your own note.'))),
  position: Type.Optional(integerField(PREFERENCE, { minimum: 0, maximum: 10_000 })),
  merchant_account_id: Type.Optional(
    nullable(textField("The merchant's number at the acquirer.", { maxLength: 100 })),
  ),
  discount_rate_ppm: Type.Optional(
    integerField('Kept of an approved charge, in parts per million.', {
      minimum: 0,
      maximum: PPM_MAX,
    }),
  ),
  flat_fee_approved: Type.Optional(amountField('Fee for an approved charge.')),
  flat_fee_declined: Type.Optional(amountField('Fee for a declined charge.')),
  acquirer_bins: Type.Optional(
    Type.Array(Type.String({ pattern: '^(\\d{6}|\\d{8})$', description: 'Six or eight digits.' }), {
      maxItems: 100,
      description: 'BINs of the acquirer.',
    }),
  ),
  monthly_cap: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Volume agreed for a month, in minor units; for reports only.',
      }),
    ),
  ),
  custom_descriptor: Type.Optional(
    nullable(
      Type.Object(
        {
          enabled: flag('Whether it replaces what the gateway itself prints.'),
          ...Type.Partial(Type.Object(descriptorFields)).properties,
        },
        { description: 'What the customer reads on a statement.' },
      ),
    ),
  ),
  global_cascade_rules: Type.Optional(
    Type.Array(CascadeRuleItem, { maxItems: 20, description: 'How much the gateway may be used.' }),
  ),
  smart_bin_enabled: Type.Optional(flag('Whether its approval rates per BIN are learned.')),
  visa_attempts_max: Type.Optional(
    nullable(integerField(VISA, { minimum: VISA_ATTEMPTS.default, maximum: VISA_ATTEMPTS.max })),
  ),
}
const nameField = textField('Your name for it; unique.', { minLength: 1, maxLength: 100 })
const credentialsField = mapField('By the fields of the kind: see /v2/gateways/vendors.')
const baseUrlField = nullable(
  textField("What stands in the gateway's place, in a sandbox only.", { maxLength: 500 }),
)

export const GatewayCreateBody = Type.Object({
  kind: textField('One of /v2/gateways/vendors.', { maxLength: 30 }),
  name: nameField,
  code: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9_-]{0,49}$',
      description: 'How payment methods name it; made of the name when left out.',
    }),
  ),
  credentials: credentialsField,
  base_url: Type.Optional(baseUrlField),
  enabled: Type.Optional(flag('Whether charges are sent to it at once; true when left out.')),
  ...settingFields,
})

export const GatewayUpdateBody = Type.Object({ name: Type.Optional(nameField), ...settingFields })

export const GatewayCredentialsBody = Type.Object({
  credentials: credentialsField,
  base_url: Type.Optional(baseUrlField),
})

export const GatewayParams = Type.Object({ id: idField('gateway', 'Id of the gateway.') })

export const GatewayListQuery = Type.Object({
  ...cursorQuery('gateway'),
  kind: Type.Optional(textField('Only gateways of this kind.', { maxLength: 30 })),
  include_archived: Type.Optional(flag('Whether archived gateways are shown too.')),
})

export const VendorItem = Type.Object(
  {
    kind: text('What `kind` of a new gateway is.'),
    object: oneOf(['gateway_vendor'], { description: 'Always "gateway_vendor".' }),
    name: text('Its name.'),
    fields: Type.Array(
      Type.Object({
        id: text('Name in `credentials`.'),
        label: text('What the gateway calls it.'),
        secret: flag('Whether it is sealed and shown masked.'),
        required: flag('Whether a gateway cannot be connected without it.'),
        hint: text('Where to find it.'),
      }),
      { description: 'What is copied from the gateway.' },
    ),
    token_form: text('What tokens of its payment methods look like.'),
    abilities: mapField('What it can do.'),
  },
  { title: 'GatewayVendor', description: 'A kind of gateway that may be connected.' },
)

/** The settings that a body names, in the words of the command. */
export function toGatewaySettings(
  body: Static<typeof GatewayUpdateBody>,
): Partial<GatewaySettings> {
  const { monthly_cap: cap, custom_descriptor: descriptor } = body
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given('position', body.position),
    ...given('merchantAccountId', body.merchant_account_id),
    ...given('discountRatePpm', body.discount_rate_ppm),
    ...given('flatFeeApprovedMinor', body.flat_fee_approved),
    ...given('flatFeeDeclinedMinor', body.flat_fee_declined),
    ...given('acquirerBins', body.acquirer_bins),
    ...(cap === undefined ? {} : { monthlyCapMinor: cap === null ? null : BigInt(cap) }),
    ...(descriptor === undefined
      ? {}
      : { customDescriptor: descriptor === null ? null : toDescriptor(descriptor) }),
    ...given('cascadeRules', checkedRules(body.global_cascade_rules)),
    ...given('smartBinEnabled', body.smart_bin_enabled),
    ...given('visaAttemptsMax', body.visa_attempts_max),
  }
}

/** A rate above everything would never refuse. */
function checkedRules(rules: Static<typeof GatewayUpdateBody>['global_cascade_rules']) {
  for (const [index, { metric, max }] of (rules ?? []).entries())
    if (metric === 'decline_rate' && max > 100)
      throw ApiRefusal.invalid(
        `global_cascade_rules[${index}].max`,
        'A decline rate is a percentage: at most 100.',
      )
  return rules
}

type DescriptorInput = NonNullable<Static<typeof GatewayUpdateBody>['custom_descriptor']>

function toDescriptor(input: DescriptorInput): CustomDescriptor {
  const { enabled, postal_code: postalCode = null } = input
  const { name = null, email = null, url = null, phone = null } = input
  const { address = null, city = null, state = null } = input
  return { enabled, name, email, url, phone, address, city, state, postalCode }
}
