import type { Uuid } from '@perennial/core/ids'

/** A subscription whose decision or write failed. */
export type Parked = { readonly id: Uuid; readonly reason: string }

/** Kinds of due work that can be looked for by themselves. */
export const WORK_KINDS = [
  'lostAnswers',
  'pending',
  'cards',
  'subscriptions',
  'retries',
  'invoices',
  'notices',
  'disputes',
  'refunds',
  'directDebits',
  'outside',
  'dunning',
] as const

export type WorkKind = (typeof WORK_KINDS)[number]
export type WorkKinds = ReadonlySet<WorkKind>

export const ALL_KINDS: WorkKinds = new Set(WORK_KINDS)

/** What a stretch of due work came to. */
export type WorkDone = {
  /** Subscriptions that were claimed. */
  due: number
  /** Of these, periods that were billed. */
  renewed: number
  /** Charges that were settled as paid or refused, first tries and retries alike. */
  paid: number
  failed: number
  /** Charges whose answer is still outstanding. */
  waiting: number
  retried: number
  /** Recoveries whose next step was decided, or that ended, without a charge. */
  decided: number
  overdue: number
  /** What gateways told that changed something, and disputes whose deadline passed. */
  told: number
  /** Cards that end, looked at before they are charged. */
  cards: number
  /** Refunds that were sent because their time had come, or asked about again. */
  refunds: number
  /** Failed payments of other billers that were tried, or ended, because their time had come. */
  outside: number
  /** Steps of dunning campaigns, reminders and notices that were looked at. */
  dunning: number
  parked: Parked[]
  /** Something was left due, because charges of its card are under way somewhere else. */
  isHeldUp: boolean
}

export type Counted = Exclude<keyof WorkDone, 'parked' | 'isHeldUp'>

/** Of every count, whether a run that came to it leaves a record; one that only looked, or was told something, leaves none. */
const LEAVES_RECORD: Readonly<Record<Counted, boolean>> = {
  due: true,
  renewed: true,
  paid: true,
  failed: true,
  waiting: false,
  retried: true,
  decided: false,
  overdue: true,
  told: false,
  cards: false,
  refunds: true,
  outside: true,
  dunning: false,
}

const COUNTED = Object.keys(LEAVES_RECORD) as readonly Counted[] // it names all of them

export function noWork(): WorkDone {
  return {
    due: 0,
    renewed: 0,
    paid: 0,
    failed: 0,
    waiting: 0,
    retried: 0,
    decided: 0,
    overdue: 0,
    told: 0,
    cards: 0,
    refunds: 0,
    outside: 0,
    dunning: 0,
    parked: [],
    isHeldUp: false,
  }
}

export function addWork(total: WorkDone, done: WorkDone): void {
  for (const counted of COUNTED) total[counted] += done[counted]
  total.parked = total.parked.concat(done.parked)
}

/** Nothing was there to do, or others held it. */
export function isIdle(done: WorkDone): boolean {
  return COUNTED.every((counted) => done[counted] === 0)
}

export function leavesRecord(done: WorkDone): boolean {
  return COUNTED.some((counted) => LEAVES_RECORD[counted] && done[counted] > 0)
}

/** Adds what answers came to. */
export function addSettled(
  done: WorkDone,
  collected: Pick<WorkDone, 'paid' | 'failed' | 'waiting'>,
): void {
  done.paid += collected.paid
  done.failed += collected.failed
  done.waiting += collected.waiting
}
