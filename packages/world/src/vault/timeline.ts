/** Something dated that a gateway can tell an account of, once its time has come. */
export interface Happening {
  readonly at: number
  /** Tells happenings of one instant apart, in the order in which they came to be known. */
  readonly sequence: number
  readonly kind: HappeningKind
  /** The charge, refund or dispute it is about; of `token_changed`, the token. */
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

/** By time, then by sequence; those before `head` are forgotten. */
export interface Timeline {
  items: Happening[]
  head: number
  sequence: number
}

export function makeTimeline(): Timeline {
  return { items: [], head: 0, sequence: 0 }
}

/** Clocks move forward, so that nearly all come last. */
export function insert(timeline: Timeline, happening: Omit<Happening, 'sequence'>): void {
  timeline.sequence += 1
  const added = { ...happening, sequence: timeline.sequence }
  const { items } = timeline
  const last = items.at(-1)
  if (last === undefined || last.at <= added.at) items.push(added)
  else items.splice(indexAfter(timeline, added), 0, added)
}

/** The index of the first that comes after the position. */
export function indexAfter(
  { items, head }: Timeline,
  position: { readonly at: number; readonly sequence: number },
): number {
  let low = head
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    const isAfter =
      item !== undefined &&
      (item.at > position.at || (item.at === position.at && item.sequence > position.sequence))
    if (isAfter) high = middle
    else low = middle + 1
  }
  return low
}

/** Drops what nobody can be told of any more from the front. */
export function forgetFront(timeline: Timeline, isKnown: (happening: Happening) => boolean): void {
  const { items } = timeline
  while (timeline.head < items.length) {
    const first = items[timeline.head]
    if (first === undefined || isKnown(first)) break
    timeline.head += 1
  }
  if (timeline.head * 2 > items.length) {
    timeline.items = items.slice(timeline.head)
    timeline.head = 0
  }
}
