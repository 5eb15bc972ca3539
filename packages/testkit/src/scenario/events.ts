import { AssertionError } from 'node:assert/strict'
import type { TimeZone } from '@perennial/core/time'
import { memberOf, textOf, type ApiClient } from './api-client.ts'
import { onTheWall } from './dates.ts'

/** An event as a scenario names it: `Ada` paid on `2027-02-28`. */
export type SeenEvent = {
  readonly type: string
  /** On the account's wall. */
  readonly when: string
  /** The customer it concerns, by the name that the scenario gave; empty when it concerns none. */
  readonly who: string
  readonly object: unknown
}

export type EventLog = {
  /** Events since the last reading, in the order in which they were written. */
  read(): Promise<readonly SeenEvent[]>
}

export function openEventLog(
  api: ApiClient,
  given: { readonly zone: TimeZone; readonly nameOf: (customerId: string) => string },
): EventLog {
  let last: string | null = null
  const see = (event: unknown): SeenEvent => {
    const object = memberOf(memberOf(event, 'data'), 'object')
    const customer =
      memberOf(object, 'customer_id') ??
      memberOf(object, 'customer_uuid') ??
      memberOf(object, 'customer')
    return {
      type: textOf(event, 'type'),
      when: onTheWall(Number(memberOf(event, 'created')) * 1000, given.zone),
      who: typeof customer === 'string' ? given.nameOf(customer) : '',
      object,
    }
  }
  return {
    read: async () => {
      const rows = await api.listAll('/events', last)
      const newest = rows.at(-1)
      if (newest !== undefined) last = textOf(newest, 'id')
      return rows.map(see)
    },
  }
}

/** "invoice.paid", with who and when before it as far as the scenario wants to say: "2027-02-28 Ada: invoice.paid". */
const EXPECTED =
  /^(?<when>\d{4}-\d\d-\d\d(?: \d\d:\d\d)? )?(?:(?<who>[A-Z]\w*): )?(?<type>[a-z_.]+)$/

function matches(event: SeenEvent, expected: string): boolean {
  const groups = EXPECTED.exec(expected)?.groups
  if (groups === undefined) {
    throw new AssertionError({ message: `cannot read the expected event "${expected}"` })
  }
  const { when, who, type } = groups
  return (
    event.type === type &&
    (who === undefined || event.who === who) &&
    (when === undefined || event.when.startsWith(when.trim()))
  )
}

/**
 * All events in order, or those of each customer by name where several are billed at one instant: their order
 * among each other is nobody's promise.
 */
export type ExpectedEvents = readonly string[] | Readonly<Record<string, readonly string[]>>

export function assertEvents(
  seen: readonly SeenEvent[],
  expected: ExpectedEvents,
  where: string,
): void {
  if (isInOrder(expected)) return assertInOrder(seen, expected, where)
  const names = new Set([...Object.keys(expected), ...seen.map(({ who }) => who)])
  for (const name of names) {
    const own = seen.filter(({ who }) => who === name)
    assertInOrder(own, expected[name] ?? [], `${where}, of ${name === '' ? 'nobody' : name}`)
  }
}

function isInOrder(expected: ExpectedEvents): expected is readonly string[] {
  return Array.isArray(expected)
}

/** Every event is named, in order, and every named one has happened; otherwise a list of both, side by side. */
function assertInOrder(
  seen: readonly SeenEvent[],
  expected: readonly string[],
  where: string,
): void {
  const isSame =
    seen.length === expected.length &&
    seen.every((event, index) => matches(event, expected[index] ?? ''))
  if (isSame) return
  const rows = align(seen, expected)
  const message = `${where}: events differ ("-" expected and missing, "+" happened and not named)\n${rows.join('\n')}`
  throw new AssertionError({
    message,
    actual: seen.map(({ type }) => type),
    expected,
    stackStartFn: assertEvents,
  })
}

/** The longest common run of both lists, so that one missing event shows as one line. */
function align(seen: readonly SeenEvent[], expected: readonly string[]): string[] {
  const lengths: number[][] = Array.from({ length: seen.length + 1 }, () =>
    Array.from({ length: expected.length + 1 }, () => 0),
  )
  const lengthAt = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  const isSame = (i: number, j: number): boolean => {
    const event = seen[i]
    return event !== undefined && matches(event, expected[j] ?? '')
  }
  for (let i = seen.length - 1; i >= 0; i -= 1) {
    for (let j = expected.length - 1; j >= 0; j -= 1) {
      const row = lengths[i]
      if (row === undefined) continue
      row[j] = isSame(i, j)
        ? lengthAt(i + 1, j + 1) + 1
        : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1))
    }
  }
  const rows: string[] = []
  let [i, j] = [0, 0]
  while (i < seen.length || j < expected.length) {
    const event = seen[i]
    if (event !== undefined && j < expected.length && isSame(i, j)) {
      rows.push(`    ${show(event)}`)
      i += 1
      j += 1
    } else if (
      event !== undefined &&
      (j >= expected.length || lengthAt(i + 1, j) >= lengthAt(i, j + 1))
    ) {
      rows.push(`  + ${show(event)}`)
      i += 1
    } else {
      rows.push(`  - ${expected[j]}`)
      j += 1
    }
  }
  return rows
}

function show({ type, when, who }: SeenEvent): string {
  return `${when} ${who === '' ? '' : `${who}: `}${type}`
}
