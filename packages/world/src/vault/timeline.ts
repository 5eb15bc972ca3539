import { DAY_MS } from '../calendar/zone.ts'

/** Something dated that a gateway can tell an account of, once its time has come. */
export interface Happening {
  readonly at: number
  /** Tells happenings of one instant apart, in the order in which they came to be known. */
  readonly sequence: number
  readonly kind: HappeningKind
  /** The charge, refund or dispute it is about; of `token_changed`, the watch of the token. */
  readonly id: string
}

export type HappeningKind =
  | 'charge_declined'
  | 'charge_settled'
  | 'charge_voided'
  | 'challenge_answered'
  | 'debit_decided'
  | 'debit_taken_back'
  | 'refund_made'
  | 'refund_decided'
  | 'refund_moved'
  | 'dispute_opened'
  | 'dispute_updated'
  /** The last day for evidence has come. */
  | 'dispute_due'
  | 'dispute_closed'
  | 'token_changed'

/**
 * By time, then by sequence; a list a day in UTC. Much of what is to come is known long before, and one long list would
 * have to be moved for every charge of today.
 */
export interface Timeline {
  /** First instants, in order. */
  readonly days: number[]
  readonly lists: Map<number, DayList>
  sequence: number
}

interface DayList {
  items: Happening[]
  /** Those before it are forgotten. */
  head: number
}

export function makeTimeline(): Timeline {
  return { days: [], lists: new Map(), sequence: 0 }
}

export function insert(timeline: Timeline, happening: Omit<Happening, 'sequence'>): void {
  timeline.sequence += 1
  const added = { ...happening, sequence: timeline.sequence }
  const { items } = listOf(timeline, added.at)
  const last = items.at(-1)
  if (last === undefined || last.at <= added.at) items.push(added)
  else items.splice(firstAfter(items, added), 0, added)
}

interface Position {
  readonly at: number
  readonly sequence: number
}

/** Everything that comes after the position, in order. */
export function* happeningsAfter(timeline: Timeline, position: Position): Generator<Happening> {
  const { days, lists } = timeline
  const firstDay = dayOf(position.at)
  for (let i = placeOf(days, firstDay); i < days.length; i += 1) {
    const day = days[i] ?? 0
    const list = lists.get(day)
    if (list === undefined) continue
    const start = day === firstDay ? firstAfter(list.items, position) : 0
    for (let j = Math.max(start, list.head); j < list.items.length; j += 1) {
      const happening = list.items[j]
      if (happening !== undefined) yield happening
    }
  }
}

/** The first day on which anything happens, and the last; null where nothing does. */
export function spanOf({
  days,
}: Timeline): { readonly first: number; readonly last: number } | null {
  const [first, last] = [days[0], days.at(-1)]
  return first === undefined || last === undefined ? null : { first, last }
}

/** Drops what nobody can be told of any more from the front. */
export function forgetFront(timeline: Timeline, isKnown: (happening: Happening) => boolean): void {
  const { days, lists } = timeline
  for (let day = days[0]; day !== undefined; day = days[0]) {
    const list = lists.get(day)
    if (list !== undefined && hasKnown(list, isKnown)) return
    lists.delete(day)
    days.shift()
  }
}

function hasKnown(list: DayList, isKnown: (happening: Happening) => boolean): boolean {
  for (let first = list.items[list.head]; first !== undefined; first = list.items[list.head]) {
    if (isKnown(first)) break
    list.head += 1
  }
  const isEmpty = list.head === list.items.length
  if (list.head * 2 > list.items.length) {
    list.items = list.items.slice(list.head)
    list.head = 0
  }
  return !isEmpty
}

function listOf(timeline: Timeline, at: number): DayList {
  const day = dayOf(at)
  const known = timeline.lists.get(day)
  if (known !== undefined) return known
  const made = { items: [], head: 0 }
  timeline.lists.set(day, made)
  timeline.days.splice(placeOf(timeline.days, day), 0, day)
  return made
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS
}

/** The place of the first day that is not before the given one. */
function placeOf(days: readonly number[], day: number): number {
  const last = days.at(-1)
  if (last === undefined || last < day) return days.length
  return lowest(days.length, (i) => (days[i] ?? 0) >= day)
}

function firstAfter(items: readonly Happening[], { at, sequence }: Position): number {
  return lowest(items.length, (i) => {
    const item = items[i]
    return item !== undefined && (item.at > at || (item.at === at && item.sequence > sequence))
  })
}

/** The lowest index for which the claim holds, as it does for all above; `length` where there is none. */
function lowest(length: number, isAbove: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isAbove(middle)) high = middle
    else low = middle + 1
  }
  return low
}
