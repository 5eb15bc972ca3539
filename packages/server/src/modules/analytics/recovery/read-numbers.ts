import { explainDecline, listDeclineCodes } from '@perennial/core/declines'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { formatInstant, type TimeZone } from '@perennial/core/time'
import type { Static } from 'typebox'
import type { Tx } from '../../../platform/db/index.ts'
import {
  CASES_MAX,
  CURVE_DAYS,
  GROUPS_MAX,
  nameGateways,
  sumCohorts,
  sumRecoveries,
  type Group,
  type Period,
} from './queries.ts'
import type { RecoveryCohorts, RecoveryNumbers } from './schemas.ts'
import { toWireCohort, toWireNumbers } from './wire.ts'

/** What the recoveries of a period came to, as the API tells it; `group`: what to tell apart, null = nothing. */
export async function readRecoveryNumbers(
  tx: Tx,
  accountId: Uuid,
  { period, group }: { readonly period: Period; readonly group: Group | null },
): Promise<Static<typeof RecoveryNumbers>> {
  const sums = await sumRecoveries(tx, accountId, { period, group, reasons: REASONS })
  const ids = sums.flatMap(({ key }) => (key === null ? [] : [key])).filter(isUuid)
  const names = group === 'gateway' ? await nameGateways(tx, accountId, ids) : new Map()
  const [first] = sums
  return {
    object: 'recovery_numbers',
    ...tell(period, first?.total_cases ?? 0, first?.total_groups),
    group_by: group,
    groups: sums.map((own) => toWireNumbers(own, { group, names })),
  }
}

/** How fast they were won back, by the month of the account's `zone` in which they began. */
export async function readRecoveryCohorts(
  tx: Tx,
  accountId: Uuid,
  { period, zone }: { readonly period: Period; readonly zone: TimeZone },
): Promise<Static<typeof RecoveryCohorts>> {
  const sums = await sumCohorts(tx, accountId, { period, zone })
  const count = sums.reduce((all, { cases }) => all + cases, 0)
  const cohorts = sums.map(toWireCohort)
  return { object: 'recovery_cohorts', ...tell(period, count), days: [...CURVE_DAYS], cohorts }
}

const REASONS: ReadonlyMap<string, string> = new Map(
  listDeclineCodes().map((code) => [code, explainDecline(code).reason]),
)

function tell({ from, to, source }: Period, count: number, groups = 0) {
  const isComplete = count < CASES_MAX && groups <= GROUPS_MAX
  return { from: formatInstant(from), to: formatInstant(to), source, is_complete: isComplete }
}
