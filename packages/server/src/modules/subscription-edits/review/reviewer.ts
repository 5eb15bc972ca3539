import { createHash } from 'node:crypto'
import type { BulkAction, BulkDecision, BulkWarning } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { EditCounts, EditRow, EditSegment, EditTotal } from '../edit.ts'
import type { LoadedState } from '../load-bulk-states.ts'
import { standingOf, toWireStanding } from '../standing-wire.ts'

export const SEGMENTS_MAX = 1_000

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

type Total = { subscriptions: number; amountBeforeMinor: bigint; amountAfterMinor: bigint }

/** Takes what was decided row after row, in order, and counts; of the rows themselves it keeps none. */
export class Reviewer {
  readonly #limit: number | null
  readonly #segments: CountedSegment[] = []
  readonly #indexOf = new Map<string | null, number>()
  readonly #totals = new Map<string, Total>()
  readonly #digest = createHash('sha256')
  #loaded = 0
  #planned = 0
  #skipped = 0

  constructor(given: {
    readonly limit: number | null
    readonly segments: readonly Pick<EditSegment, 'value' | 'actions'>[]
  }) {
    this.#limit = given.limit
    for (const { value, actions } of given.segments) this.#addSegment(value, actions)
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
    const index = this.#indexOf.get(value) ?? this.#addSegment(value, [])
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

  /** Hexadecimal; of every row and every segment. */
  finish(): {
    readonly digest: string
    readonly counts: EditCounts
    readonly segments: readonly EditSegment[]
    readonly totals: readonly EditTotal[]
  } {
    const [loaded, planned, skipped] = [this.#loaded, this.#planned, this.#skipped]
    const unchanged = loaded - planned - skipped
    const asked = this.#segments.map(({ value, actions }) => [value, actions])
    this.#digest.update(JSON.stringify(asked, (_key, part: unknown) => textOfBigint(part)))
    return {
      digest: this.#digest.digest('hex'),
      counts: { loaded, planned, changed: 0, unchanged, skipped, failed: 0 },
      segments: this.#segments,
      totals: [...this.#totals].map(([currency, total]) => ({ currency, ...total })),
    }
  }

  #addSegment(value: string | null, actions: readonly BulkAction[]): number {
    assert(!this.#indexOf.has(value), 'a segment is added once')
    const empty = { loaded: 0, planned: 0, unchanged: 0, skipped: 0, warnings: {} }
    this.#indexOf.set(value, this.#segments.length)
    return this.#segments.push({ value, actions, ...empty }) - 1
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
