import { ApiRefusal } from '../../platform/http/index.ts'
import { EVENT_TYPES, type EventType } from '../../platform/outbox/index.ts'

const TYPES_MAX = 20

/** Other names of what is told here (revkeen 12.15 and 6.5). */
const OTHER_NAMES: Readonly<Record<string, EventType>> = {
  'invoice.uncollectible': 'invoice.marked_uncollectible',
  'subscription.trial_will_end': 'subscription.trial_ending',
  'subscription.cancelled': 'subscription.canceled',
  'payment_method.attached': 'customer.payment_method.attached',
  'payment_method.detached': 'customer.payment_method.detached',
  'charge.captured': 'payment.captured',
  'charge.dispute.created': 'dispute.created',
  'charge.dispute.updated': 'dispute.updated',
}

/** Kinds of things that RevKeen tells of and nothing here does yet (revkeen 6.5): asked for, they are none. */
const KINDS_TO_COME =
  /^(plan|checkout|commerce|order|entitlement|usage|meter|meter_price|integration|terminal_(payment|refund|void))\./
const TYPES_TO_COME: ReadonlySet<string> = new Set([
  'invoice.upcoming',
  'payment.attempted',
  'mandate.signed',
])

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES)

/** `type` and `types` together, each once. Refuses names of nothing that is ever told: they would be answered with an empty list. */
export function toTypes(query: {
  readonly type?: string
  readonly types?: string
}): readonly string[] {
  const asked = [
    ...namesIn(query.type).map((name) => typeOf(name, 'type')),
    ...namesIn(query.types).map((name) => typeOf(name, 'types')),
  ]
  const types = [...new Set(asked)]
  if (types.length > TYPES_MAX)
    throw ApiRefusal.invalid('types', `At most ${TYPES_MAX} types can be asked for at once.`)
  return types
}

function namesIn(text = ''): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function typeOf(name: string, param: string): string {
  const type = OTHER_NAMES[name] ?? name
  if (KNOWN.has(type) || TYPES_TO_COME.has(type) || KINDS_TO_COME.test(type)) return type
  const [kind = ''] = name.split('.', 1)
  const near = EVENT_TYPES.filter((known) => known.startsWith(`${kind}.`))
  const hint =
    near.length === 0
      ? 'Types are named as customer.created: what it is about, and what happened.'
      : `Of this kind there are ${near.join(', ')}.`
  throw ApiRefusal.invalid(param, `There is no such event type. ${hint}`)
}
