import { encodeId } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import Type, { type Static } from 'typebox'
import type { Json } from '../calls/operation.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { toMinor } from './amounts.ts'
import { amount, choice, code, flag, idAt, strict, text, whole } from './fields.ts'

const optional = Type.Optional
const METRICS = ['captured_amount', 'approved_count', 'declined_count', 'attempt_count', 'decline_rate', 'chargeback_count'] as const // prettier-ignore
const words = (description: string) =>
  optional(Type.Array(text(description, 100), { maxItems: 100, description }))
const codes = (description: string) =>
  optional(Type.Array(code(description), { maxItems: 100, description }))

const Rules = strict({
  card_brands: words('Card brands that may use it.'),
  currencies: words('ISO 4217 codes.'),
  min_amount: optional(amount('Smallest amount.')),
  max_amount: optional(amount('Largest amount.')),
  bin_profiles: codes('BIN profiles that the card is in one of.'),
  usage: optional(
    Type.Array(
      strict({
        metric: choice(METRICS, 'What is counted.'),
        period: choice(['hour', 'day', 'week', 'month'], 'Over which time.'),
        max: Type.Number({ minimum: 0, maximum: 1e12, description: 'Reached at most.' }),
      }),
      { maxItems: 20, description: 'Limits on usage.' },
    ),
  ),
})
const Entry = strict({
  user_gateway: optional(code('A gateway.')),
  gateway_group: optional(code('Or a group of gateways.')),
  rules: optional(Rules),
})
const Entries = Type.Array(Entry, { minItems: 1, maxItems: 50, description: 'In order; the first valid one is used.' }) // prettier-ignore
const StepAmount = strict({
  type: choice(['full', 'percent', 'fixed'], 'How much of what is left.'),
  value: optional(amount('The percentage, or the amount.')),
})
const Step = strict({
  source: choice(['gateway', 'cascade'], 'One gateway, or the first valid one of several.'),
  gateways: Entries,
  amount: optional(StepAmount),
  decline_responses: words('Declines that lead into steps 2 and 3; none = all.'),
})
const target = optional(text('Id of the node that follows.', 60))
const Node = strict({
  id: Type.String({ minLength: 1, maxLength: 60, description: 'Id within the flow.' }),
  type: text('What the node does, such as action_process_payment.', 60),
  outputs: optional(
    strict({
      next: target,
      passed: target,
      failed: target,
      approved: target,
      declined: target,
      error: target,
    }),
  ),
  settings: optional(
    strict({
      request_types: words('Of filter_request_type.'),
      campaigns: words('Of filter_campaign.'),
      currencies: words('Of filter_currency.'),
      min_amount: optional(amount('Of filter_amount.')),
      max_amount: optional(amount('Of filter_amount.')),
      products: codes('Of filter_product.'),
      customer_groups: words('Of filter_customer_group.'),
      key: optional(text('Of filter_metadata and action_insert_metadata.')),
      operator: optional(text('Of filter_metadata and filter_attempt_count.', 20)),
      value: optional(text('Of filter_metadata and action_insert_metadata.')),
      decline_responses: words('Of filter_gateway_response.'),
      count: optional(whole('Of filter_attempt_count.', 1, 1000)),
      gateways: optional(Entries),
      pick: optional(text('Of action_choose_gateway.', 30)),
      prefer_if_any: words('Of action_choose_gateway.'),
      do_not_choose_if_any: words('Of action_choose_gateway.'),
      exclude_groups: codes('Of action_choose_gateway.'),
      failsafe: optional(Entries),
      smart_bin: optional(flag('Of action_choose_gateway.')),
      amount: optional(StepAmount),
      function_name: optional(text('Of action_call_function.')),
      message: optional(text('Of action_return_error.')),
    }),
  ),
})

const flow = {
  steps: optional(Type.Array(Step, { minItems: 1, maxItems: 3, description: 'Of a basic payment profile.' })), // prettier-ignore
  payment_flow: optional(Type.Array(Node, { minItems: 1, maxItems: 500, description: 'Of a Next-Gen payment profile.' })), // prettier-ignore
}
const rest = {
  description: optional(text('What it is for.')),
  enabled: optional(flag('Whether it is used; default true.')),
  ...flow,
}
const name = Type.String({ minLength: 1, maxLength: 100, description: 'Unique.' })

export const PaymentProfileCreate = strict({ name, ...rest })
export const PaymentProfileEdit = strict({ name: optional(name), ...rest })
type Edit = Static<typeof PaymentProfileEdit>

/** The definition as `/v2` takes it; undefined where none is said. */
export function toDefinition(
  { steps, payment_flow: nodes }: Edit,
  currency: Currency,
): Json | undefined {
  // prettier-ignore
  if (steps !== undefined && nodes !== undefined)
    throw FaceRefusal.invalid('Give steps or payment_flow, not both.')
  if (steps !== undefined)
    return { kind: 'basic', steps: steps.map((step) => toStep(step, currency)) }
  if (nodes !== undefined) return { kind: 'flow', nodes: nodes.map((node) => toNode(node, currency)) } // prettier-ignore
  return undefined
}

function toStep(step: Static<typeof Step>, currency: Currency): Json {
  return {
    source: step.source,
    entries: step.gateways.map((entry) => toEntry(entry, currency)),
    ...(step.amount === undefined ? {} : { amount: toAmount(step.amount, currency) }),
    ...(step.decline_responses === undefined ? {} : { enter_on_declines: step.decline_responses }),
  }
}

function toEntry(
  { user_gateway: gateway, gateway_group: group, rules }: Static<typeof Entry>,
  currency: Currency,
): Json {
  // prettier-ignore
  if ((gateway === undefined) === (group === undefined))
    throw FaceRefusal.invalid('Each of gateways names a user_gateway or a gateway_group.')
  const own = rules === undefined ? {} : { rules: toRules(rules, currency) }
  return group === undefined
    ? { kind: 'gateway', gateway_id: encodeId('gateway', idAt('user_gateway', gateway ?? '')), ...own } // prettier-ignore
    : { kind: 'group', group_id: encodeId('gateway_group', idAt('gateway_group', group)), ...own }
}

function toRules(rules: Static<typeof Rules>, currency: Currency): Json {
  const { card_brands: brands, bin_profiles: bins, usage } = rules
  return {
    brands: brands?.map((brand) => brand.toLowerCase()),
    currencies: rules.currencies,
    min_amount_minor: minorOf('min_amount', rules.min_amount, currency),
    max_amount_minor: minorOf('max_amount', rules.max_amount, currency),
    bin_profile_ids: bins?.map((value) => encodeId('bin_profile', idAt('bin_profiles', value))),
    usage: usage?.map((rule) =>
      rule.metric === 'captured_amount'
        ? { ...rule, max: minorOf('usage.max', rule.max, currency) }
        : rule,
    ),
  }
}

function toAmount({ type: kind, value }: Static<typeof StepAmount>, currency: Currency): Json {
  if (kind === 'full') return { kind }
  return kind === 'percent'
    ? { kind, percent: value }
    : { kind, amount_minor: minorOf('amount.value', value, currency) }
}

function toNode(
  { id, type, outputs, settings = {} }: Static<typeof Node>,
  currency: Currency,
): Json {
  // prettier-ignore
  const {
    min_amount: min,
    max_amount: max,
    products,
    decline_responses: declines,
    gateways,
    exclude_groups: groups,
    failsafe,
    amount: part,
    ...same
  } = settings
  return {
    id,
    type,
    outputs,
    ...same,
    min_amount_minor: minorOf('min_amount', min, currency),
    max_amount_minor: minorOf('max_amount', max, currency),
    product_ids: products?.map((value) => encodeId('product', idAt('products', value))),
    decline_codes: declines,
    entries: gateways?.map((entry) => toEntry(entry, currency)),
    exclude_group_ids: groups?.map((value) =>
      encodeId('gateway_group', idAt('exclude_groups', value)),
    ),
    failsafe: failsafe?.map((entry) => toEntry(entry, currency)),
    amount: part === undefined ? undefined : toAmount(part, currency),
  }
}

function minorOf(field: string, major: number | undefined, currency: Currency) {
  return major === undefined ? undefined : Number(toMinor(major, currency, field))
}
