import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatInstant, parseTimeZone, type Instant, type TimeZone } from '@perennial/core/time'
import type { Environment } from '../../../../platform/command/index.ts'
import type { RecoveryCredentials } from '../../../accounts/index.ts'
import type { ClientRow, ShownClient } from '../queries/clients.ts'

/** A biller that hands failed payments over, as far as they are decided by it. */
export type RecoveryClient = {
  readonly accountId: Uuid
  readonly environment: Environment
  readonly accountName: string
  readonly id: Uuid
  readonly apiKeyId: Uuid
  readonly webhookUrl: string | null
  readonly webhookSecretSealed: string
  readonly dunningEnabled: boolean
  readonly billingCycleDay: number | null
  readonly timezone: TimeZone
  readonly cardUpdateDomain: string | null
  readonly brandName: string | null
  readonly brandLogoUrl: string | null
  readonly brandPrimaryColor: string | null
  readonly gateway: string | null
  readonly retryPolicy: 'planner' | 'schedule'
  /** Where the account's test clock stands. */
  readonly clockHeldAt: Instant | null
}

type AccountColumns = {
  readonly environment: Environment
  readonly account_name: string
  readonly clock_held_at: Instant | null
}

export function toClient(row: ClientRow & AccountColumns): RecoveryClient {
  const timezone = parseTimeZone(row.timezone)
  assert(timezone !== null, `recovery client ${row.id} has a known time zone`)
  return {
    accountId: row.account_id,
    environment: row.environment,
    accountName: row.account_name,
    id: row.id,
    apiKeyId: row.api_key_id,
    webhookUrl: row.webhook_url,
    webhookSecretSealed: row.webhook_secret_sealed,
    dunningEnabled: row.dunning_enabled,
    billingCycleDay: row.billing_cycle_day,
    timezone,
    cardUpdateDomain: row.card_update_domain,
    brandName: row.brand_name,
    brandLogoUrl: row.brand_logo_url,
    brandPrimaryColor: row.brand_primary_color,
    gateway: row.gateway,
    retryPolicy: row.retry_policy,
    clockHeldAt: row.clock_held_at,
  }
}

export function toWireClient(row: ShownClient) {
  return {
    id: encodeId('recovery_client', row.id),
    object: 'recovery_client' as const,
    webhook_url: row.webhook_url,
    dunning_enabled: row.dunning_enabled,
    billing_cycle_day: row.billing_cycle_day,
    timezone: row.timezone,
    card_update_domain: row.card_update_domain,
    brand_name: row.brand_name,
    brand_logo_url: row.brand_logo_url,
    brand_primary_color: row.brand_primary_color,
    gateway: row.gateway,
    retry_policy: row.retry_policy,
    undelivered_webhooks: row.unsent,
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}

/** A client with what it was given just now, which is told once. */
export function toWireNewClient(given: {
  readonly row: ShownClient
  readonly credentials: Partial<RecoveryCredentials>
}) {
  const { row, credentials } = given
  const { apiKey, publishableKey, webhookSecret } = credentials
  return {
    ...toWireClient(row),
    client_id: encodeId('recovery_client', row.id),
    ...(apiKey === undefined ? {} : { api_key: apiKey }),
    ...(publishableKey === undefined ? {} : { publishable_key: publishableKey }),
    ...(webhookSecret === undefined ? {} : { webhook_secret: webhookSecret }),
  }
}
