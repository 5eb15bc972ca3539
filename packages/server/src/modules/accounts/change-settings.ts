import {
  type CommandContext,
  type Decision,
  type DunningSettings,
  accepted,
  refused,
} from '../../platform/command/index.ts'
import { getLockedAccount, mergeSettings } from './queries.ts'
import { toAccountSettings } from './settings.ts'

export type SettingsChange = {
  readonly invoicePrefix?: string
  readonly defaultDueDays?: number
  readonly dunning?: Partial<DunningSettings>
}

/**
 * What is not named stays as it is. Open recoveries go on by the new schedule from their next retry on.
 * Refuses: `retry_schedule_not_ascending`.
 */
export async function changeSettings(
  context: CommandContext,
  change: SettingsChange,
): Promise<Decision<null, 'retry_schedule_not_ascending'>> {
  const schedule = change.dunning?.retrySchedule ?? []
  const isAscending = schedule.every(
    (day, index) => index === 0 || day > (schedule[index - 1] ?? 0),
  )
  if (!isAscending) {
    return refused('retry_schedule_not_ascending', { param: 'settings.dunning.retry_schedule' })
  }
  return context.inTx(async (tx) => {
    const row = await getLockedAccount(tx, context.accountId)
    const { dunning } = toAccountSettings(row.settings)
    const merged =
      change.dunning === undefined ? {} : { dunning: { ...dunning, ...change.dunning } }
    await mergeSettings(tx, context.accountId, { ...change, ...merged })
    await context.remember(tx, 'account', context.accountId)
    return accepted(null)
  })
}
