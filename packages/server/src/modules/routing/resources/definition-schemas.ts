import Type from 'typebox'
import {
  amountField,
  currencyField,
  idField,
  integerField,
  oneOf,
  textField,
} from '../../../platform/wire/index.ts'

/** Requests name fields in either case; errors and answers name them as these do. */

export const REQUEST_TYPES = [
  'initial_sale',
  'pending_sale_recovery',
  'subscription_renewal',
  'trial_expiration',
] as const
const METRICS = [
  'captured_amount',
  'approved_count',
  'declined_count',
  'attempt_count',
  'decline_rate',
  'chargeback_count',
] as const
const PERIODS = ['hour', 'day', 'week', 'month'] as const
const PICKS = ['sort_order', 'round_robin', 'even_distribution', 'weighted', 'random'] as const
const TRAITS = [
  'approved_for_customer',
  'declined_for_customer',
  'declined_in_request',
  'last_success_of_subscription',
] as const
export const NODE_TYPES = [
  'start_payment_request',
  'filter_request_type',
  'filter_campaign',
  'filter_currency',
  'filter_amount',
  'filter_product',
  'filter_customer_group',
  'filter_metadata',
  'filter_gateway_response',
  'filter_attempt_count',
  'action_choose_gateway',
  'action_process_payment',
  'action_change_amount',
  'action_insert_metadata',
  'action_call_function',
  'action_return_error',
  'action_abort',
] as const

const words = (description: string) =>
  Type.Optional(
    Type.Array(textField(description, { maxLength: 100 }), { maxItems: 100, description }),
  )
const text = (description: string) => Type.Optional(textField(description))

const usageRule = Type.Object(
  {
    metric: oneOf(METRICS, { description: 'What is measured.' }),
    period: oneOf(PERIODS, { description: 'Rolling, in whole hours: 1, 24, 168 or 720.' }),
    max: integerField(
      'The charge about to be made included, it may reach this: minor units, a count, or percent.',
      { minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    ),
  },
  { description: 'A limit on usage.' },
)

const rules = Type.Object(
  {
    brands: words('Card brands that may use it, such as visa.'),
    currencies: Type.Optional(
      Type.Array(currencyField('A currency.'), { maxItems: 200, description: 'Currencies.' }),
    ),
    min_amount_minor: Type.Optional(amountField('Smallest amount, in minor units.')),
    max_amount_minor: Type.Optional(amountField('Largest amount, in minor units.')),
    bin_profile_ids: Type.Optional(
      Type.Array(idField('bin_profile', 'Id of a BIN profile.'), {
        maxItems: 50,
        description: 'The card is in one of these.',
      }),
    ),
    usage: Type.Optional(
      Type.Array(usageRule, { maxItems: 20, description: 'Limits on usage from here.' }),
    ),
  },
  { description: 'When it may be used; what is absent is not asked.' },
)

const entry = Type.Object(
  {
    kind: oneOf(['gateway', 'group'], { description: 'What the entry is.' }),
    gateway_id: Type.Optional(idField('gateway', 'Of kind gateway: which.')),
    group_id: Type.Optional(idField('gateway_group', 'Of kind group: which.')),
    rules: Type.Optional(rules),
  },
  { description: 'A gateway or a group.' },
)
const entries = Type.Array(entry, { maxItems: 50, description: 'Gateways and groups, in order.' })

const stepAmount = Type.Object(
  {
    kind: oneOf(['full', 'percent', 'fixed'], { description: 'How much of what is owed.' }),
    percent: Type.Optional(integerField('Of kind percent.', { minimum: 1, maximum: 100 })),
    amount_minor: Type.Optional(amountField('Of kind fixed: minor units.')),
  },
  { description: 'How much is asked for.' },
)

const step = Type.Object(
  {
    source: oneOf(['gateway', 'cascade'], {
      description: 'One gateway, or the first valid one of several.',
      default: 'cascade',
    }),
    entries,
    amount: Type.Optional(stepAmount),
    enter_on_declines: words('Of steps 2 and 3: the declines that lead into it; absent = any.'),
    excludes_declined: Type.Optional(
      Type.Boolean({ description: 'Whether gateways that declined this charge are left out.' }),
    ),
  },
  { description: 'One attempt.' },
)

const outputs = Type.Object(
  {
    next: text('Node that follows.'),
    passed: text('Of a filter: node that follows when it passes.'),
    failed: text('Of a filter: node that follows when it does not.'),
    approved: text('Of a charge: node that follows an approval.'),
    declined: text('Of a charge: node that follows a decline.'),
    error: text('Of a charge: node that follows when it did not reach an issuer.'),
  },
  { description: 'Ids of the nodes that follow; an absent one ends the flow.', default: {} },
)

const traits = (description: string) =>
  Type.Optional(
    Type.Array(oneOf(TRAITS, { description: 'A trait.' }), { maxItems: 4, description }),
  )

const node = Type.Object(
  {
    id: textField('Id within the flow.', { minLength: 1, maxLength: 60 }),
    type: oneOf(NODE_TYPES, { description: 'What the node does.' }),
    outputs,
    request_types: Type.Optional(
      Type.Array(oneOf(REQUEST_TYPES, { description: 'A request type.' }), {
        maxItems: 4,
        description: 'Of filter_request_type.',
      }),
    ),
    campaigns: words('Of filter_campaign: names of campaigns.'),
    currencies: Type.Optional(
      Type.Array(currencyField('A currency.'), {
        maxItems: 200,
        description: 'Of filter_currency.',
      }),
    ),
    min_amount_minor: Type.Optional(amountField('Of filter_amount: minor units.')),
    max_amount_minor: Type.Optional(amountField('Of filter_amount: minor units.')),
    product_ids: Type.Optional(
      Type.Array(idField('product', 'Id of a product.'), {
        maxItems: 100,
        description: 'Of filter_product.',
      }),
    ),
    customer_groups: words("Of filter_customer_group: names, as in the customer's metadata."),
    key: text('Of filter_metadata and action_insert_metadata.'),
    operator: Type.Optional(
      oneOf(['equals', 'not_equals', 'contains', 'exists', 'at_least', 'at_most'], {
        description: 'Of filter_metadata and filter_attempt_count.',
      }),
    ),
    value: text('Of filter_metadata and action_insert_metadata.'),
    decline_codes: words('Of filter_gateway_response: normalised decline codes.'),
    count: Type.Optional(
      integerField('Of filter_attempt_count: the attempt about to be made included.', {
        minimum: 1,
        maximum: 1000,
      }),
    ),
    entries: Type.Optional(entries),
    pick: Type.Optional(oneOf(PICKS, { description: 'Of action_choose_gateway.' })),
    prefer_if_any: traits('Of action_choose_gateway: these go first.'),
    do_not_choose_if_any: traits('Of action_choose_gateway: these are left out.'),
    exclude_group_ids: Type.Optional(
      Type.Array(idField('gateway_group', 'Id of a group.'), {
        maxItems: 50,
        description: 'Of action_choose_gateway: gateways of these groups are left out.',
      }),
    ),
    failsafe: Type.Optional(entries),
    smart_bin: Type.Optional(
      Type.Boolean({
        description:
          "Of action_choose_gateway: whether the best gateway learned for the card's BIN is taken.",
      }),
    ),
    amount: Type.Optional(stepAmount),
    function_name: text('Of action_call_function.'),
    message: text('Of action_return_error.'),
  },
  { description: 'A node of the flow; each type has the fields that name it.' },
)

export const DefinitionBody = Type.Object(
  {
    kind: oneOf(['basic', 'cascade', 'flow'], {
      description:
        'basic: one to three steps. cascade: every entry once, for one payment method or for each. flow: a graph of nodes.',
    }),
    steps: Type.Optional(Type.Array(step, { maxItems: 10, description: 'Of kind basic.' })),
    prefers_last_success: Type.Optional(
      Type.Boolean({
        description:
          "Of kind basic: whether the gateway of the subscription's last success goes first in the cascade of step 1.",
      }),
    ),
    entries: Type.Optional(entries),
    methods: Type.Optional(
      oneOf(['first', 'all'], {
        description: 'Of kind cascade: whether the payment methods that follow are tried too.',
      }),
    ),
    nodes: Type.Optional(Type.Array(node, { maxItems: 500, description: 'Of kind flow.' })),
  },
  { description: 'How a charge finds its gateway.' },
)
