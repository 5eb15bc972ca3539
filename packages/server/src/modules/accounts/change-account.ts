import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { RecoveryChoice } from '@perennial/core/recovery'
import type { TimeZone } from '@perennial/core/time'
import {
  type BrandSettings,
  type CommandContext,
  type Decision,
  type DisputeSettings,
  type DunningSettings,
  type MailSettings,
  type PaymentSettings,
  accepted,
  refused,
} from '../../platform/command/index.ts'
import { hasNumbersWith } from '../invoices/index.ts'
import { checkNamedProfile, type NamingRefusal } from '../routing/index.ts'
import { getLockedAccount, isTimeZoneOfDatabase, mergeSettings, updateAccount } from './queries.ts'
import { toAccountSettings } from './settings.ts'

export type SettingsChange = {
  readonly invoicePrefix?: string
  readonly defaultDueDays?: number
  /** Null takes it away. */
  readonly defaultPaymentProfileId?: Uuid | null
  readonly dunning?: Partial<DunningSettings>
  readonly recovery?: RecoveryChoice
  readonly visaAttemptsMax?: number
  readonly payments?: Partial<PaymentSettings>
  readonly disputes?: Partial<DisputeSettings>
  /** Null takes a part away. */
  readonly brand?: Partial<BrandSettings>
  readonly mail?: Partial<MailSettings>
}

export type AccountChange = {
  readonly name?: string
  readonly timezone?: TimeZone
  readonly currency?: Currency
  readonly settings: SettingsChange
}

export type AccountRefusal =
  | 'timezone_unknown'
  | 'retry_schedule_not_ascending'
  | 'invoice_prefix_used'
  | NamingRefusal

/**
 * What is not named stays as it is. Subscriptions keep the time zone and the currency that they began with; open recoveries
 * go on by the new schedule from their next retry on.
 * Refuses: `retry_schedule_not_ascending`; `timezone_unknown`: the database, which reckons with it too, does not know it;
 * `invoice_prefix_used`: numbers given by hand that begin with the new prefix would one day be met by the counter;
 * `payment_profile_not_found`, `payment_profile_disabled`.
 */
export async function changeAccount(
  context: CommandContext,
  { settings: change, ...details }: AccountChange,
): Promise<Decision<null, AccountRefusal>> {
  const schedule = change.dunning?.retrySchedule ?? []
  const isAscending = schedule.every(
    (day, index) => index === 0 || day > (schedule[index - 1] ?? 0),
  )
  if (!isAscending) {
    return refused('retry_schedule_not_ascending', { param: 'settings.dunning.retry_schedule' })
  }
  return context.inTx(async (tx) => {
    const row = await getLockedAccount(tx, context.accountId)
    const { timezone } = details
    if (timezone !== undefined && !(await isTimeZoneOfDatabase(tx, timezone)))
      return refused('timezone_unknown')
    const { dunning, payments, disputes, invoicePrefix, brand, mail } = toAccountSettings(
      row.settings,
    )
    const prefix = change.invoicePrefix ?? invoicePrefix
    if (prefix !== invoicePrefix && (await hasNumbersWith(tx, context.accountId, prefix))) {
      return refused('invoice_prefix_used', { param: 'settings.invoice_prefix' })
    }
    const profileId = change.defaultPaymentProfileId ?? null
    const named = await checkNamedProfile(tx, context.accountId, profileId)
    if (named.kind === 'refused') return named
    await updateAccount(tx, context.accountId, { ...row, ...details })
    await mergeSettings(tx, context.accountId, {
      ...change,
      ...(change.dunning === undefined ? {} : { dunning: { ...dunning, ...change.dunning } }),
      ...(change.payments === undefined ? {} : { payments: { ...payments, ...change.payments } }),
      ...(change.disputes === undefined ? {} : { disputes: { ...disputes, ...change.disputes } }),
      ...(change.brand === undefined ? {} : { brand: { ...brand, ...change.brand } }),
      ...(change.mail === undefined ? {} : { mail: { ...mail, ...change.mail } }),
    })
    await context.remember(tx, 'account', context.accountId)
    return accepted(null)
  })
}
