import Type, { type Static } from 'typebox'
import { encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull, parseTimeZone } from '@perennial/core/time'
import {
  closedObject,
  currencyField,
  given,
  idField,
  integerField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import type { DisputeSettings, DunningSettings } from '../../platform/command/index.ts'
import { ApiRefusal } from '../../platform/http/index.ts'
import {
  AccountRecoveryBody,
  AccountRecoveryItem,
  readAccountRecovery,
  toWireChoice,
} from '../../platform/settings/index.ts'
import type { ApiKey, MintedApiKey } from './api-keys.ts'
import { toAccountContext } from './account.ts'
import {
  brandFields,
  BrandItem,
  mailFields,
  MailItem,
  toBrandChange,
  toMailChange,
  toWireBrand,
  toWireMail,
} from './brand-schemas.ts'
import type { AccountChange, SettingsChange } from './change-account.ts'
import type { AccountRow } from './queries.ts'

const BACKUP_METHODS =
  "Whether a customer's other cards are charged, in their order and each once, where the card of a subscription is refused and another one may pass; for subscriptions without a payment profile."

export const Account = Type.Object(
  {
    id: wireId('account', 'Id of the account.'),
    object: oneOf(['account'], { description: 'Always "account".' }),
    merchant_id: wireId('merchant', 'The business that the account belongs to.'),
    name: Type.String({ description: 'Name of the business.' }),
    environment: oneOf(['live', 'sandbox'], { description: 'Whether money really moves.' }),
    timezone: Type.String({
      description: 'IANA time zone of billing dates, of subscriptions that begin from now on.',
    }),
    currency: Type.String({
      description: 'Currency of charges and invoices that name none, ISO 4217, upper case.',
    }),
    settings: Type.Object(
      {
        invoice_prefix: Type.String({ description: 'What invoice numbers begin with.' }),
        default_due_days: Type.Integer({ description: 'Days until a sent invoice is due.' }),
        default_payment_profile_id: nullable(
          wireId('payment_profile', 'Routes charges that name no profile of their own.'),
        ),
        dunning: Type.Object(
          {
            grace_period_days: Type.Integer({
              description: 'Days of access after a failed charge.',
            }),
            max_retry_attempts: Type.Integer({
              description: 'Retries of a failed charge at most.',
            }),
            retry_schedule: Type.Array(
              Type.Integer({ description: 'Days after the failed charge.' }),
              {
                description: 'When a failed charge is retried, in days after it.',
              },
            ),
            email_enabled: Type.Boolean({
              description: 'Whether customers get mail about failed charges.',
            }),
            auto_cancel_unpaid: Type.Boolean({
              description:
                'Whether a subscription is canceled, rather than unpaid, when all retries failed.',
            }),
          },
          { description: 'What happens after a failed charge.' },
        ),
        recovery: AccountRecoveryItem,
        payments: Type.Object(
          { backup_methods: Type.Boolean({ description: BACKUP_METHODS }) },
          { description: 'How subscriptions are charged.' },
        ),
        disputes: Type.Object(
          {
            on_dispute: oneOf(['none', 'pause', 'cancel'], {
              description: 'What a chargeback does to the subscription that it takes money from.',
            }),
            refund_early_warnings: Type.Boolean({
              description: 'Whether a payment is given back when a chargeback is announced.',
            }),
          },
          { description: 'What happens when a payment is disputed.' },
        ),
        brand: BrandItem,
        mail: MailItem,
      },
      { description: 'Settings in force, defaults included.' },
    ),
    clock_held_at: nullable(
      timestamp('Where the test clock stands; null while it runs with real time.'),
    ),
    created_at: timestamp('When the account was made.'),
  },
  { title: 'Account', description: 'One merchant in one environment.' },
)

const days = (description: string, minimum = 0) =>
  integerField(description, { minimum, maximum: 365 })

const DunningBody = closedObject(
  {
    grace_period_days: Type.Optional(days('Days of access after a failed charge.')),
    max_retry_attempts: Type.Optional(
      integerField(
        'Retries of a failed charge at most; 0 = one last try when the grace period is over.',
        { minimum: 0, maximum: 30 },
      ),
    ),
    retry_schedule: Type.Optional(
      Type.Array(days('Days after the failed charge.', 1), {
        maxItems: 30,
        description: 'When a failed charge is retried, in days after it, ascending.',
      }),
    ),
    email_enabled: Type.Optional(
      Type.Boolean({ description: 'Whether customers get mail about failed charges.' }),
    ),
    auto_cancel_unpaid: Type.Optional(
      Type.Boolean({
        description:
          'Whether a subscription is canceled, rather than unpaid, when all retries failed.',
      }),
    ),
  },
  { description: 'What happens after a failed charge.' },
)

const DisputesBody = closedObject(
  {
    on_dispute: Type.Optional(
      oneOf(['none', 'pause', 'cancel'], {
        description:
          'What a chargeback does to the subscription that it takes money from, unless the subscription says otherwise.',
      }),
    ),
    refund_early_warnings: Type.Optional(
      Type.Boolean({
        description: 'Whether a payment is given back when a chargeback is announced.',
      }),
    ),
  },
  { description: 'What happens when a payment is disputed.' },
)

const SettingsBody = closedObject(
  {
    invoice_prefix: Type.Optional(
      textField('What invoice numbers begin with, from the next one on.', { maxLength: 20 }),
    ),
    default_due_days: Type.Optional(days('Days until a sent invoice is due.')),
    default_payment_profile_id: Type.Optional(
      nullable(
        idField(
          'payment_profile',
          'Routes charges that name no profile of their own; null = the first gateway that can.',
        ),
      ),
    ),
    dunning: Type.Optional(DunningBody),
    recovery: Type.Optional(
      closedObject(AccountRecoveryBody.properties, {
        description: 'Who chooses when a failed charge is tried again, and how often a card is.',
      }),
    ),
    payments: Type.Optional(
      closedObject(
        { backup_methods: Type.Optional(Type.Boolean({ description: BACKUP_METHODS })) },
        { description: 'How subscriptions are charged.' },
      ),
    ),
    disputes: Type.Optional(DisputesBody),
    brand: brandFields,
    mail: mailFields,
  },
  { description: 'Settings to change.' },
)

/** What is absent stays as it is. */
export const AccountUpdateBody = closedObject(
  {
    name: Type.Optional(textField('Name of the business.', { minLength: 1, maxLength: 200 })),
    timezone: Type.Optional(
      textField(
        'IANA time zone of billing dates, such as Europe/Berlin: of subscriptions that begin from now on.',
        { maxLength: 64 },
      ),
    ),
    currency: Type.Optional(
      currencyField(
        'Currency, ISO 4217, of products, prices, payment intents, charges and invoices that name none from now on.',
      ),
    ),
    settings: Type.Optional(SettingsBody),
  },
  { description: 'What is to be changed.' },
)

/** Throws an `ApiRefusal` for a time zone that does not exist, or a name of spaces. */
export function toAccountChange(body: Static<typeof AccountUpdateBody>): AccountChange {
  const { name, timezone: zoneName, currency, settings } = body
  const timezone = zoneName === undefined ? undefined : parseTimeZone(zoneName)
  if (timezone === null)
    throw ApiRefusal.invalid(
      'timezone',
      `There is no time zone ${zoneName}. Use a name of the IANA database, such as Europe/Berlin.`,
    )
  if (name?.trim() === '') throw ApiRefusal.invalid('name', 'The name is empty.')
  return {
    ...given('name', name?.trim()),
    ...given('timezone', timezone),
    ...given('currency', currency),
    settings: settings === undefined ? {} : toSettingsChange(settings),
  }
}

function toSettingsChange(settings: Static<typeof SettingsBody>): SettingsChange {
  const { brand, disputes, dunning, mail, payments, recovery } = settings
  return {
    ...given('invoicePrefix', settings.invoice_prefix),
    ...given('defaultDueDays', settings.default_due_days),
    ...given('defaultPaymentProfileId', settings.default_payment_profile_id),
    ...given('dunning', dunning === undefined ? undefined : toDunningChange(dunning)),
    ...(recovery === undefined ? {} : readAccountRecovery(recovery, 'settings.recovery')),
    ...given(
      'payments',
      payments === undefined ? undefined : given('backupMethods', payments.backup_methods),
    ),
    ...given('disputes', disputes === undefined ? undefined : toDisputesChange(disputes)),
    ...given('brand', brand === undefined ? undefined : toBrandChange(brand)),
    ...given('mail', mail === undefined ? undefined : toMailChange(mail)),
  }
}

function toDisputesChange(disputes: Static<typeof DisputesBody>): Partial<DisputeSettings> {
  return {
    ...given('onDispute', disputes.on_dispute),
    ...given('refundEarlyWarnings', disputes.refund_early_warnings),
  }
}

function toDunningChange(dunning: Static<typeof DunningBody>): Partial<DunningSettings> {
  return {
    ...given('gracePeriodDays', dunning.grace_period_days),
    ...given('maxRetryAttempts', dunning.max_retry_attempts),
    ...given('retrySchedule', dunning.retry_schedule),
    ...given('emailEnabled', dunning.email_enabled),
    ...given('autoCancelUnpaid', dunning.auto_cancel_unpaid),
  }
}

const apiKeyFields = {
  id: wireId('api_key', 'Id of the key; not the secret.'),
  object: oneOf(['api_key'], { description: 'Always "api_key".' }),
  name: Type.String({ description: 'What the key is for.' }),
  hint: Type.String({ description: 'Last four characters of the secret.' }),
  scopes: Type.Array(Type.String({ description: 'A scope.' }), {
    description: 'What the key may do.',
  }),
  created_at: timestamp('When the key was made.'),
  revoked_at: nullable(timestamp('When the key stopped working; null while it works.')),
}

export const ApiKeyItem = Type.Object(apiKeyFields, {
  title: 'ApiKey',
  description: 'A key, without its secret.',
})

export const ApiKeyWithSecret = Type.Object(
  {
    ...apiKeyFields,
    secret: Type.Optional(
      Type.String({ description: 'The key itself; only in the first answer, kept nowhere.' }),
    ),
  },
  { title: 'ApiKeyWithSecret', description: 'A key that was just made.' },
)

export const ApiKeyCreateBody = Type.Object({
  name: textField('What the key is for.', { minLength: 1, maxLength: 100 }),
  scopes: Type.Array(
    textField('A scope: resource:read, resource:write, resource:* or *.', { maxLength: 50 }),
    {
      minItems: 1,
      maxItems: 100,
      default: ['*'],
      description: 'What the key may do.',
    },
  ),
})

export const ApiKeyParams = Type.Object({ id: idField('api_key', 'Id of the key.') })

export function toWireAccount(row: AccountRow): Static<typeof Account> {
  const { settings, ...account } = toAccountContext(row)
  const { dunning } = settings
  return {
    id: encodeId('account', account.id),
    object: 'account',
    merchant_id: encodeId('merchant', row.merchant_id),
    name: account.name,
    environment: row.environment,
    timezone: account.timezone,
    currency: account.currency,
    settings: {
      invoice_prefix: settings.invoicePrefix,
      default_due_days: settings.defaultDueDays,
      default_payment_profile_id:
        settings.defaultPaymentProfileId === null
          ? null
          : encodeId('payment_profile', settings.defaultPaymentProfileId),
      dunning: {
        grace_period_days: dunning.gracePeriodDays,
        max_retry_attempts: dunning.maxRetryAttempts,
        retry_schedule: [...dunning.retrySchedule],
        email_enabled: dunning.emailEnabled,
        auto_cancel_unpaid: dunning.autoCancelUnpaid,
      },
      recovery: {
        ...toWireChoice(settings.recovery),
        visa_attempts_max: settings.visaAttemptsMax,
      },
      payments: { backup_methods: settings.payments.backupMethods },
      disputes: {
        on_dispute: settings.disputes.onDispute,
        refund_early_warnings: settings.disputes.refundEarlyWarnings,
      },
      brand: toWireBrand(settings.brand),
      mail: toWireMail(settings.mail),
    },
    clock_held_at: formatInstantOrNull(row.clock_held_at),
    created_at: formatInstant(row.created_at),
  }
}

export function toWireApiKey(key: ApiKey): Static<typeof ApiKeyItem> {
  return {
    id: encodeId('api_key', key.id),
    object: 'api_key',
    name: key.name,
    hint: key.hint,
    scopes: [...key.scopes],
    created_at: formatInstant(key.createdAt),
    revoked_at: formatInstantOrNull(key.revokedAt),
  }
}

export function toWireMintedKey({ apiKey, secret }: MintedApiKey): Static<typeof ApiKeyWithSecret> {
  return { ...toWireApiKey(apiKey), secret }
}
