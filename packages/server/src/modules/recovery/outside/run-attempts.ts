import type { Instant } from '@perennial/core/time'
import { assert } from '@perennial/core/fault'
import type { FoundOutcome } from '../connectors/collect-there.ts'
import { chargeOutside, describeCard, lookUpOutside } from './charge-outside.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { toProgress, type Progress } from './progress.ts'
import { lockRecovery } from './queries/recoveries.ts'
import type { OutsideAttempt } from './rows.ts'
import { settleOutcome } from './settle-outside.ts'

type Running = {
  /** The account's time at which an attempt's answer counts. */
  readonly at: (attempt: OutsideAttempt) => Instant
  readonly isPresent: boolean
  /** The gateway has just told what the first attempt's card stands for. */
  readonly isDescribed?: boolean
  /** Where a cardholder who can be asked to authenticate comes back to; absent = they cannot. */
  readonly returnUrl?: string | null
}

/** Charges a committed attempt and whatever follows from it at once. Every recovery ends, so this does. */
export async function runAttempts(
  deps: OutsideDeps,
  first: OutsideAttempt,
  running: Running,
): Promise<Progress> {
  let attempt = first
  let described = running.isDescribed === true ? first.token : null
  for (;;) {
    // Beside the charge: it is of use from the next try on.
    if (attempt.token !== described) void describeCard(deps, attempt)
    described = attempt.token
    const outcome = await chargeOutside(deps, attempt, running)
    const { isPresent } = running
    const given = { outcome, at: running.at(attempt), isLookUp: false, isPresent }
    const settled = await settleOutcome(deps, attempt, given)
    if (settled === null) return readProgress(deps, attempt)
    if (settled.next === null) return settled
    attempt = settled.next
  }
}

/** `isGivenUp`: the cardholder goes on with another card instead of authenticating. */
type Asking = { readonly at: Running['at']; readonly isGivenUp?: boolean }

/** Asks about an attempt whose answer got lost, and goes on from there. */
export async function recoverAttempt(
  deps: OutsideDeps,
  attempt: OutsideAttempt,
  { at, isGivenUp = false }: Asking,
): Promise<Progress | null> {
  const outcome = await lookUpOutside(deps, attempt, { isGivenUp })
  return settleTold(deps, attempt, { outcome, at, isGivenUp })
}

/** Settles what was told of an attempt, and goes on from there; null when somebody else has. */
export async function settleTold(
  deps: OutsideDeps,
  attempt: OutsideAttempt,
  told: Asking & { readonly outcome: FoundOutcome },
): Promise<Progress | null> {
  const { outcome, at, isGivenUp = false } = told
  const given = { outcome, at: at(attempt), isLookUp: true, isPresent: false, isGivenUp }
  const settled = await settleOutcome(deps, attempt, given)
  if (settled?.next === null || settled === null) return settled
  return runAttempts(deps, settled.next, { at, isPresent: false })
}

async function readProgress(deps: OutsideDeps, attempt: OutsideAttempt): Promise<Progress> {
  const { accountId, recoveryId: id } = attempt
  return deps.database.tx(async (tx) => {
    const row = await lockRecovery(tx, { accountId, id })
    assert(row !== null, 'an attempt has its recovery')
    return toProgress(tx, accountId, row)
  })
}
