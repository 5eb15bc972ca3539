import { isDeclineCode } from '../declines/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { EntryRules, SourceEntry, StepAmount } from './source.ts'
import type { UsageRule } from './usage.ts'

export type ProfileProblem = {
  /** Where, in the words of the definition: `steps[1].entries[0].gatewayId`. */
  readonly path: string
  readonly code: ProblemCode
  readonly message: string
}

export type ProblemCode =
  | 'count'
  | 'unknown_gateway'
  | 'unknown_group'
  | 'unknown_bin_profile'
  | 'unknown_brand'
  | 'unknown_decline'
  | 'unknown_product'
  | 'duplicate'
  | 'range'
  | 'amount'
  | 'needs_cascade'
  | 'start'
  | 'unknown_node'
  | 'inputs'
  | 'outputs'
  | 'no_process'
  | 'unreachable'
  | 'no_choice'
  | 'no_value'

/** What exists in the account: gateways that are disabled now are known all the same. */
export type KnownSources = {
  readonly gatewayIds: ReadonlySet<Uuid>
  readonly groupIds: ReadonlySet<Uuid>
  readonly binProfileIds: ReadonlySet<Uuid>
  /** Of those that the definition names. */
  readonly productIds: ReadonlySet<Uuid>
}

export type Tell = (path: string, code: ProblemCode, message: string) => void

const ENTRIES_MAX = 50

/** As gateways tell them of cards. */
const BRANDS: ReadonlySet<string> = new Set(
  [
    'visa mastercard amex discover diners jcb unionpay maestro unknown',
    'elo hipercard cartes_bancaires cartebancaire bcmc dankort mada mir rupay troy verve interac',
    'eftpos_au eftpos_australia uatp',
  ].flatMap((some) => some.split(' ')),
)

export function validateAmount(amount: StepAmount, path: string, tell: Tell): void {
  if (amount.kind === 'percent' && (amount.percent < 1 || amount.percent > 100))
    tell(`${path}.percent`, 'amount', 'A percentage of the amount lies between 1 and 100.')
  if (amount.kind === 'fixed' && amount.amountMinor < 1n)
    tell(`${path}.amountMinor`, 'amount', 'A fixed amount is at least 1 minor unit.')
}

export function validateEntries(
  entries: readonly SourceEntry[],
  at: { readonly path: string; readonly known: KnownSources },
  tell: Tell,
): void {
  const { path, known } = at
  if (entries.length < 1 || entries.length > ENTRIES_MAX)
    tell(path, 'count', `Name one to ${ENTRIES_MAX} gateways or groups.`)
  for (const [index, entry] of entries.entries()) {
    const place = `${path}[${index}]`
    if (entry.kind === 'gateway' && !known.gatewayIds.has(entry.gatewayId))
      tell(`${place}.gatewayId`, 'unknown_gateway', 'There is no such gateway in this account.')
    if (entry.kind === 'group' && !known.groupIds.has(entry.groupId))
      tell(`${place}.groupId`, 'unknown_group', 'There is no such gateway group in this account.')
    if (entry.rules !== undefined)
      validateRules(entry.rules, { path: `${place}.rules`, known }, tell)
  }
}

function validateRules(
  rules: EntryRules,
  { path, known }: { readonly path: string; readonly known: KnownSources },
  tell: Tell,
): void {
  for (const list of ['brands', 'currencies', 'binProfileIds'] as const)
    validateCount(rules[list], `${path}.${list}`, tell)
  for (const [index, brand] of (rules.brands ?? []).entries())
    if (!BRANDS.has(brand)) tell(`${path}.brands[${index}]`, 'unknown_brand', brandMessage(brand))
  const { minAmountMinor, maxAmountMinor } = rules
  validateRange(minAmountMinor, maxAmountMinor, (message) =>
    tell(`${path}.maxAmountMinor`, 'range', message),
  )
  for (const [index, id] of (rules.binProfileIds ?? []).entries())
    if (!known.binProfileIds.has(id))
      tell(
        `${path}.binProfileIds[${index}]`,
        'unknown_bin_profile',
        'There is no such BIN profile.',
      )
  for (const [index, rule] of (rules.usage ?? []).entries())
    validateUsage(rule, `${path}.usage[${index}]`, tell)
}

function brandMessage(brand: string): string {
  const written = brand.toLowerCase()
  return BRANDS.has(written)
    ? `Brands are written in small letters: ${written}.`
    : `No gateway tells of a card brand "${brand}". Known are ${[...BRANDS].join(', ')}.`
}

/** A list that something has to be in. */
export function validateCount(
  list: readonly unknown[] | undefined,
  path: string,
  tell: Tell,
): void {
  if (list?.length === 0) tell(path, 'count', 'No charge is in an empty list: name some.')
}

export function validateDeclines(codes: readonly string[], path: string, tell: Tell): void {
  for (const [index, code] of codes.entries())
    if (!isDeclineCode(code))
      tell(
        `${path}[${index}]`,
        'unknown_decline',
        `There is no decline code "${code}". GET /api/lookup/decline-codes lists them.`,
      )
}

export function validateRange(
  min: bigint | undefined,
  max: bigint | undefined,
  tell: (message: string) => void,
): void {
  if (min !== undefined && max !== undefined && min > max)
    tell(`The largest amount (${max}) is below the smallest (${min}).`)
}

function validateUsage(rule: UsageRule, path: string, tell: Tell): void {
  if (rule.max < 0) tell(`${path}.max`, 'range', 'A limit is zero or more.')
  if (rule.metric === 'decline_rate' && rule.max > 100)
    tell(`${path}.max`, 'range', 'A decline rate is a percentage: at most 100.')
}
