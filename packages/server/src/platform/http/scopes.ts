import { ApiRefusal } from './api-refusal.ts'

/** What a key may do: `resource:read`, `resource:write`, `resource:*`, `*:read` or `*` (revkeen 3.2). */
const READ_AND_WRITE = [
  'checkout', 'cart', 'payment_links', 'charges', 'payments', 'payment_intents', 'setup_intents', 'payment_methods',
  'invoices', 'subscriptions', 'subscription_schedules', 'orders', 'credit_notes', 'products', 'prices', 'discounts',
  'tax_rates', 'meters', 'usage', 'customers', 'entitlements', 'businesses', 'refunds', 'voids', 'disputes', 'mandates',
  'terminal', 'exports', 'imports', 'comms', 'automations', 'apps', 'webhooks', 'integrations', 'events', 'sync',
  // Ours.
  'account', 'api_keys', 'gateways', 'routing', 'shipping', 'renewal_runs', 'recovery', 'sales', 'test_clock',
] as const // prettier-ignore

const READ_ONLY = ['payouts', 'analytics', 'finance', 'billing'] as const

export type Scope =
  | `${(typeof READ_AND_WRITE)[number]}:${'read' | 'write'}`
  | `${(typeof READ_ONLY)[number]}:read`

const KNOWN: ReadonlySet<string> = new Set([
  '*',
  '*:read',
  ...READ_AND_WRITE.flatMap((resource) => [
    `${resource}:read`,
    `${resource}:write`,
    `${resource}:*`,
  ]),
  ...READ_ONLY.flatMap((resource) => [`${resource}:read`, `${resource}:*`]),
])

/** Whether a key may be given this scope. */
export function isKnownScope(scope: string): boolean {
  return KNOWN.has(scope)
}

/** Writing does not include reading. */
export function allows(granted: readonly string[], needed: Scope): boolean {
  const [resource = '', action = ''] = needed.split(':')
  return granted.some(
    (scope) =>
      scope === '*' || scope === needed || scope === `${resource}:*` || scope === `*:${action}`,
  )
}

/** 403 that names the scope, unless the key has it. */
export function requireScope(granted: readonly string[], scope: Scope): void {
  if (allows(granted, scope)) return
  throw new ApiRefusal({
    status: 403,
    type: 'authorization_error',
    code: 'insufficient_permissions',
    message: `This API key lacks the scope ${scope}.`,
  })
}

/**
 * The first of `wanted` by which a key would be allowed more than one with `granted` is; null when there is none. What
 * includes scopes that are yet to come is granted by its like alone.
 */
export function scopeBeyond(granted: readonly string[], wanted: readonly string[]): string | null {
  const isWithin = (scope: string): boolean => {
    if (granted.includes('*')) return true
    if (scope === '*' || scope === '*:read') return granted.includes(scope)
    const ones = single(scope)
    return ones.length === 0 ? granted.includes(scope) : ones.every((one) => allows(granted, one))
  }
  return wanted.find((scope) => !isWithin(scope)) ?? null
}

/** `invoices:*` in single scopes. */
function single(scope: string): readonly Scope[] {
  const [resource = '', action = ''] = scope.split(':')
  const actions = action === '*' ? ['read', 'write'] : [action]
  return actions.map((one) => `${resource}:${one}`).filter(isSingle)
}

function isSingle(scope: string): scope is Scope {
  return KNOWN.has(scope) && !scope.includes('*')
}
