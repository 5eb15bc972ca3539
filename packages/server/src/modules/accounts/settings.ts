import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { NEW_ACCOUNTS_CHOOSE, VISA_ATTEMPTS } from '@perennial/core/recovery'
import {
  RECYCLING_DAYS_MAX,
  RECYCLING_DEFAULTS,
  RECYCLING_RUNS_MAX,
} from '@perennial/core/recovery'
import Type, { type Static } from 'typebox'
import { toStoredChoice } from '../../platform/settings/index.ts'
import { Check } from 'typebox/value'
import type {
  AccountSettings,
  BrandSettings,
  DisputeSettings,
  DunningSettings,
  MailSettings,
  PaymentSettings,
  RecyclingSettings,
} from '../../platform/command/index.ts'

const CancelOrKeep = Type.Union([Type.Literal('cancel'), Type.Literal('keep')])

/** What may stand in `accounts.settings`; everything is optional and has a default. */
const StoredSettings = Type.Object({
  invoicePrefix: Type.Optional(Type.String({ maxLength: 20 })),
  defaultDueDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 365 })),
  defaultPaymentProfileId: Type.Optional(Type.Unsafe<Uuid>({ type: 'string' })),
  dunning: Type.Optional(
    Type.Object({
      gracePeriodDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 365 })),
      maxRetryAttempts: Type.Optional(Type.Integer({ minimum: 0, maximum: 30 })),
      retrySchedule: Type.Optional(
        Type.Array(Type.Integer({ minimum: 1, maximum: 365 }), { maxItems: 30 }),
      ),
      emailEnabled: Type.Optional(Type.Boolean()),
      autoCancelUnpaid: Type.Optional(Type.Boolean()),
    }),
  ),
  /** Of the form of `toStoredChoice`. */
  recovery: Type.Optional(Type.Unknown()),
  visaAttemptsMax: Type.Optional(
    Type.Integer({ minimum: VISA_ATTEMPTS.default, maximum: VISA_ATTEMPTS.max }),
  ),
  payments: Type.Optional(Type.Object({ backupMethods: Type.Optional(Type.Boolean()) })),
  disputes: Type.Optional(
    Type.Object({
      onDispute: Type.Optional(
        Type.Union([Type.Literal('none'), Type.Literal('pause'), Type.Literal('cancel')]),
      ),
      refundEarlyWarnings: Type.Optional(Type.Boolean()),
    }),
  ),
  brand: Type.Optional(
    Type.Object({
      displayName: Type.Optional(Type.String()),
      color: Type.Optional(Type.String()),
      accentColor: Type.Optional(Type.String()),
      logoUrl: Type.Optional(Type.String()),
      supportEmail: Type.Optional(Type.String()),
      supportPhone: Type.Optional(Type.String()),
      websiteUrl: Type.Optional(Type.String()),
    }),
  ),
  mail: Type.Optional(
    Type.Object({
      fromName: Type.Optional(Type.String()),
      replyTo: Type.Optional(Type.String()),
      bcc: Type.Optional(Type.String()),
      language: Type.Optional(Type.String()),
      sendFromSandbox: Type.Optional(Type.Boolean()),
      sendReceipts: Type.Optional(Type.Boolean()),
    }),
  ),
  recycling: Type.Optional(
    Type.Object({
      minuteOfDay: Type.Optional(Type.Integer({ minimum: 0, maximum: 1439 })),
      runsMax: Type.Optional(Type.Integer({ minimum: 0, maximum: RECYCLING_RUNS_MAX })),
      intervalDays: Type.Optional(
        Type.Array(Type.Integer({ minimum: 1, maximum: RECYCLING_DAYS_MAX }), { minItems: 1 }),
      ),
      onExhausted: Type.Optional(CancelOrKeep),
      onHardDecline: Type.Optional(CancelOrKeep),
      hardDeclines: Type.Optional(Type.Array(Type.String())),
      daysMax: Type.Optional(Type.Integer({ minimum: 1, maximum: RECYCLING_DAYS_MAX })),
      gatewayIds: Type.Optional(Type.Array(Type.Unsafe<Uuid>({ type: 'string' }))),
    }),
  ),
  revolv3: Type.Optional(
    Type.Object({ webhookUrl: Type.String(), webhookKeySealed: Type.String() }),
  ),
  /** A demo that is being filled in, or was when the process was killed. */
  demo: Type.Optional(Type.Literal('unfinished')),
})

type StoredSettings = Static<typeof StoredSettings>

/** Retries 1, 3 and 7 days after the failed charge (revkeen 7.6). */
const DUNNING_DEFAULTS: DunningSettings = {
  gracePeriodDays: 7,
  maxRetryAttempts: 3,
  retrySchedule: [1, 3, 7],
  emailEnabled: true,
  autoCancelUnpaid: false,
}

const NO_BRAND: BrandSettings = {
  displayName: null,
  color: null,
  accentColor: null,
  logoUrl: null,
  supportEmail: null,
  supportPhone: null,
  websiteUrl: null,
}

const MAIL_DEFAULTS: MailSettings = {
  fromName: null,
  replyTo: null,
  bcc: null,
  language: 'en',
  sendFromSandbox: false,
  sendReceipts: false,
}

const PAYMENT_DEFAULTS: PaymentSettings = { backupMethods: false }

const DISPUTE_DEFAULTS: DisputeSettings = { onDispute: 'none', refundEarlyWarnings: false }

/** Fills in what is unset. Faults when the stored settings are not of the form above. */
export function toAccountSettings(stored: unknown): AccountSettings {
  assert(isStoredSettings(stored), 'stored account settings have the form of settings')
  return {
    invoicePrefix: stored.invoicePrefix ?? 'INV-',
    defaultDueDays: stored.defaultDueDays ?? 30,
    defaultPaymentProfileId: stored.defaultPaymentProfileId ?? null,
    dunning: { ...DUNNING_DEFAULTS, ...stored.dunning },
    recovery: stored.recovery === undefined ? NEW_ACCOUNTS_CHOOSE : toStoredChoice(stored.recovery),
    visaAttemptsMax: stored.visaAttemptsMax ?? VISA_ATTEMPTS.default,
    payments: { ...PAYMENT_DEFAULTS, ...stored.payments },
    disputes: { ...DISPUTE_DEFAULTS, ...stored.disputes },
    recycling: stored.recycling === undefined ? null : toRecycling(stored.recycling),
    revolv3: stored.revolv3 ?? null,
    brand: { ...NO_BRAND, ...stored.brand },
    mail: { ...MAIL_DEFAULTS, ...stored.mail },
  }
}

function toRecycling({
  gatewayIds = [],
  ...rules
}: NonNullable<StoredSettings['recycling']>): RecyclingSettings {
  return { rules: { ...RECYCLING_DEFAULTS, ...rules }, gatewayIds }
}

function isStoredSettings(stored: unknown): stored is StoredSettings {
  return Check(StoredSettings, stored)
}
