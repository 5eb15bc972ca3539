import { createHash } from 'node:crypto'
import type { BulkAction, BulkDecision, BulkWarning } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { EditRecord, EditRow } from '../edit.ts'
import type { LoadedState } from '../load-bulk-states.ts'
import { standingOf, toWireStanding } from '../standing-wire.ts'

export type ReviewedState = {
  readonly state: LoadedState
  readonly segment: string | null
  readonly decision: BulkDecision | { readonly kind: 'skipped'; readonly reason: string }
  /** What it was decided by, where that is its own and not its segment's. */
  readonly ownActions: readonly BulkAction[] | null
}

type CountedSegment = {
  readonly value: string | null
  readonly actions: readonly BulkAction[]
  loaded: number
  planned: number
  unchanged: number
  skipped: number
  warnings: Partial<Record<BulkWarning, number>>
}

export function emptySegment(value: string | null, actions: readonly BulkAction[]): CountedSegment {
  return { value, actions, loaded: 0, planned: 0, unchanged: 0, skipped: 0, warnings: {} }
}

type Reviewed = Pick<EditRecord, 'reviewDigest' | 'counts' | 'segments' | 'totals'>

type Total = { subscriptions: number; amountBeforeMinor: bigint; amountAfterMinor: bigint }

/** Takes what was decided row after row, in order, and counts on from where the edit stands; of the rows themselves it keeps none. */
export class Reviewer {
  readonly #limit: number | null
  readonly #segments: CountedSegment[] = []
  readonly #indexOf = new Map<string | null, number>()
  readonly #totals = new Map<string, Total>()
  readonly #digest = createHash('sha256')
  #loaded = 0
  #planned = 0
  #skipped = 0

  constructor({ limit, segments, counts, totals, reviewDigest }: EditRecord) {
    this.#limit = limit
    for (const segment of segments)
      this.#addSegment({ ...segment, warnings: { ...segment.warnings } })
    for (const { currency, ...total } of totals) this.#totals.set(currency, total)
    this.#loaded = counts.loaded
    this.#planned = counts.planned
    this.#skipped = counts.skipped
    this.#digest.update(reviewDigest)
  }

  get segmentCount(): number {
    return this.#segments.length
  }

  /** What is asked of the subscriptions of a segment. */
  actionsOf(value: string | null): readonly BulkAction[] {
    const index = this.#indexOf.get(value)
    return index === undefined ? [] : (this.#segments[index]?.actions ?? [])
  }

  add({ state, segment: value, decision, ownActions }: ReviewedState): EditRow {
    const index = this.#indexOf.get(value) ?? this.#addSegment(emptySegment(value, []))
    const { subscription } = state
    const isBeyond = this.#limit !== null && this.#planned >= this.#limit
    const change = decision.kind === 'changed' && !isBeyond ? decision : null
    const row: EditRow = {
      position: this.#loaded,
      subscriptionId: subscription.id,
      segment: index,
      result: change === null ? (decision.kind === 'skipped' ? 'skipped' : 'unchanged') : 'planned',
      reason: reasonOf(decision, isBeyond),
      version: subscription.version,
      isNoticeSent: subscription.isTrialEndingNoticeSent,
      before: standingOf(state),
      after: change === null ? null : toWireStanding(change.after),
      warnings: change?.warnings ?? [],
      actions: change === null ? null : ownActions,
      undo: change?.undo ?? null,
      versionAfter: null,
    }
    this.#count(row, state)
    const { result, reason, version, before, after, warnings } = row
    const shown = [subscription.id, version, result, reason, before, after, warnings]
    this.#digest.update(JSON.stringify(shown))
    return row
  }

  /** Where the edit stands now. Its digest, hexadecimal, is of every row so far, and of what is asked of each segment once the review is over. */
  finish({ isOver }: { readonly isOver: boolean }): Reviewed {
    const [loaded, planned, skipped] = [this.#loaded, this.#planned, this.#skipped]
    const unchanged = loaded - planned - skipped
    if (isOver) {
      const asked = this.#segments.map(({ value, actions }) => [value, actions])
      this.#digest.update(JSON.stringify(asked, (_key, part: unknown) => textOfBigint(part)))
    }
    return {
      reviewDigest: this.#digest.digest('hex'),
      counts: { loaded, planned, changed: 0, unchanged, skipped, failed: 0 },
      segments: this.#segments,
      totals: [...this.#totals].map(([currency, total]) => ({ currency, ...total })),
    }
  }

  #addSegment(segment: CountedSegment): number {
    assert(!this.#indexOf.has(segment.value), 'a segment is added once')
    this.#indexOf.set(segment.value, this.#segments.length)
    return this.#segments.push(segment) - 1
  }

  #count(
    { segment: index, result, warnings, after }: EditRow,
    { subscription }: LoadedState,
  ): void {
    const segment = this.#segments[index]
    assert(segment !== undefined, 'a row is of a segment that is there')
    this.#loaded += 1
    segment.loaded += 1
    if (result === 'skipped') this.#skipped += 1
    if (result === 'planned') this.#planned += 1
    if (result === 'planned' || result === 'skipped' || result === 'unchanged') segment[result] += 1
    for (const warning of warnings) segment.warnings[warning] = (segment.warnings[warning] ?? 0) + 1
    if (after === null) return
    const { currency, amountMinor } = subscription
    const none: Total = { subscriptions: 0, amountBeforeMinor: 0n, amountAfterMinor: 0n }
    const total = this.#totals.get(currency) ?? none
    const amountAfterMinor = after.status === 'canceled' ? 0n : BigInt(after.amount_minor)
    this.#totals.set(currency, {
      subscriptions: total.subscriptions + 1,
      amountBeforeMinor: total.amountBeforeMinor + amountMinor,
      amountAfterMinor: total.amountAfterMinor + amountAfterMinor,
    })
  }
}

function reasonOf(decision: ReviewedState['decision'], isBeyond: boolean): string | null {
  if (decision.kind === 'skipped') return decision.reason
  return decision.kind === 'changed' && isBeyond ? 'beyond_limit' : null
}

function textOfBigint(part: unknown): unknown {
  return typeof part === 'bigint' ? String(part) : part
}
