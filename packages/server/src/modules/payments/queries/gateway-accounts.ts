import type { Uuid } from '@perennial/core/ids'
import { type Selectable, sql } from 'kysely'
import { type DB, type Tx, insertMany, updateMany } from '../../../platform/db/index.ts'
import { type Page, type PageRequest, readRows } from '../../../platform/lists/index.ts'
import type {
  CascadeRule,
  CustomDescriptor,
  GatewayAccount,
  SealedCredentials,
} from '../gateways/gateway-account.ts'

type GatewayRow = Selectable<DB['gateways']>
type Key = { readonly accountId: Uuid; readonly id: Uuid }

export async function insertGateway(
  tx: Tx,
  accountId: Uuid,
  gateway: GatewayAccount & { readonly credentialsSealed: string },
): Promise<void> {
  const { credentialsSealed, ...account } = gateway
  const row = { ...toRow(accountId, account), credentials_sealed: credentialsSealed }
  await insertMany(tx, 'gateways', [row])
}

/** Writes what a locked gateway has become; its credentials stay as they are. */
export async function updateGatewayRow(
  tx: Tx,
  accountId: Uuid,
  gateway: GatewayAccount,
): Promise<void> {
  const { created_at: _createdAt, ...row } = toRow(accountId, gateway)
  await updateMany(tx, 'gateways', [row])
}

/**
 * Puts new credentials in the place of those that the caller saw; false when somebody else was faster. The ones before
 * are kept beside them.
 */
export async function swapCredentials(
  tx: Tx,
  accountId: Uuid,
  swap: {
    readonly gateway: GatewayAccount
    readonly sealed: string
    readonly previousSealed: string | null
    readonly seenVersion: number
  },
): Promise<boolean> {
  const { gateway, sealed, previousSealed, seenVersion } = swap
  const { numAffectedRows } = await sql`
    update gateways
       set credentials_sealed = ${sealed}, credentials_hint = ${JSON.stringify(gateway.credentialsHint)}::jsonb,
           credentials_version = ${gateway.credentialsVersion}, base_url = ${gateway.baseUrl},
           account_reference = ${gateway.accountReference},
           previous_credentials_sealed = ${previousSealed},
           previous_credentials_until = ${gateway.previousCredentialsUntil},
           version = ${gateway.version}, updated_at = ${gateway.updatedAt}
     where account_id = ${accountId} and id = ${gateway.id} and credentials_version = ${seenVersion}`.execute(
    tx,
  )
  return numAffectedRows === 1n
}

export async function findGatewayAccount(tx: Tx, key: Key): Promise<GatewayAccount | null> {
  const { rows } = await sql<GatewayRow>`
    select * from gateways where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
  return rows[0] === undefined ? null : toGatewayAccount(rows[0])
}

export async function lockGatewayAccount(tx: Tx, key: Key): Promise<GatewayAccount | null> {
  const { rows } = await sql<GatewayRow>`
    select * from gateways
     where account_id = ${key.accountId} and id = ${key.id}
       for no key update`.execute(tx)
  return rows[0] === undefined ? null : toGatewayAccount(rows[0])
}

export async function findSealedCredentials(tx: Tx, key: Key): Promise<SealedCredentials | null> {
  const { rows } = await sql<SealedCredentials>`
    select credentials_sealed as sealed, previous_credentials_sealed as "previousSealed"
      from gateways where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
  return rows[0] ?? null
}

export async function listGatewayAccounts(
  tx: Tx,
  list: {
    readonly accountId: Uuid
    readonly filter: { readonly kind: string | null; readonly includeArchived: boolean }
    readonly page: PageRequest
  },
): Promise<Pick<Page<GatewayAccount>, 'rows' | 'hasMore'>> {
  const { accountId, filter, page } = list
  const filters = [
    ...(filter.kind === null ? [] : [sql`kind = ${filter.kind}`]),
    ...(filter.includeArchived ? [] : [sql`archived_at is null`]),
  ]
  const found = await readRows<GatewayRow>(tx, {
    select: '*',
    table: 'gateways',
    accountId,
    filters,
    page,
  })
  return { ...found, rows: found.rows.map(toGatewayAccount) }
}

/** Codes that are taken, and the place after the last: archived gateways keep their code, because records name it. */
export async function readPlaces(
  tx: Tx,
  accountId: Uuid,
): Promise<{
  readonly codes: ReadonlySet<string>
  readonly nextPosition: number
  readonly count: number
}> {
  const { rows } = await sql<{ readonly code: string; readonly position: number }>`
    select code, position from gateways where account_id = ${accountId}`.execute(tx)
  const nextPosition = Math.max(-1, ...rows.map(({ position }) => position)) + 1
  return { codes: new Set(rows.map(({ code }) => code)), nextPosition, count: rows.length }
}

/** Whether the gateway has been sent a charge, and what became of it is not known. */
export async function isWaitingForAnswers(tx: Tx, key: Key): Promise<boolean> {
  const { rows } = await sql`
    select 1 from payment_attempts
     where account_id = ${key.accountId} and gateway_id = ${key.id} and state in ('sending', 'unknown')
     limit 1`.execute(tx)
  return rows.length > 0
}

/** What stands for a payment method at a gateway. */
export type KeptToken = { readonly paymentMethodId: Uuid; readonly token: string }

/** How many of the newest tokens are looked at for those whose methods are in use. */
const NEWEST_MAX = 50

/** The newest tokens of methods in use. */
export async function listNewestTokens(
  tx: Tx,
  key: Key & { readonly limit: number },
): Promise<KeptToken[]> {
  const { rows } = await sql<KeptToken>`
    select t.payment_method_id as "paymentMethodId", t.token
      from (select * from payment_method_tokens
             where account_id = ${key.accountId} and gateway_id = ${key.id}
             order by payment_method_id desc
             limit ${NEWEST_MAX}) as t
      join payment_methods pm
        on pm.account_id = ${key.accountId} and pm.id = t.payment_method_id and pm.status = 'active'
     order by t.payment_method_id desc
     limit ${key.limit}`.execute(tx)
  return rows
}

/** Whether some method that is not detached has its only token here. */
export async function isOnlyWayToCharge(tx: Tx, key: Key): Promise<boolean> {
  const { rows } = await sql`
    select 1
      from payment_method_tokens t
      join payment_methods pm
        on pm.account_id = ${key.accountId} and pm.id = t.payment_method_id and pm.status = 'active'
     where t.account_id = ${key.accountId} and t.gateway_id = ${key.id}
       and not exists (
         select 1
           from payment_method_tokens other
           join gateways g on g.account_id = ${key.accountId} and g.id = other.gateway_id and g.archived_at is null
          where other.account_id = ${key.accountId} and other.payment_method_id = t.payment_method_id
            and other.gateway_id <> ${key.id})
     limit 1`.execute(tx)
  return rows.length > 0
}

function toRow(accountId: Uuid, gateway: GatewayAccount) {
  return {
    account_id: accountId,
    id: gateway.id,
    code: gateway.code,
    kind: gateway.kind,
    name: gateway.name,
    description: gateway.description,
    is_enabled: gateway.isEnabled,
    position: gateway.position,
    base_url: gateway.baseUrl,
    account_reference: gateway.accountReference,
    credentials_hint: gateway.credentialsHint,
    credentials_version: gateway.credentialsVersion,
    merchant_account_id: gateway.merchantAccountId,
    discount_rate_ppm: gateway.discountRatePpm,
    flat_fee_approved_minor: gateway.flatFeeApprovedMinor,
    flat_fee_declined_minor: gateway.flatFeeDeclinedMinor,
    acquirer_bins: [...gateway.acquirerBins],
    monthly_cap_minor: gateway.monthlyCapMinor,
    custom_descriptor: gateway.customDescriptor,
    cascade_rules: [...gateway.cascadeRules],
    smart_bin_enabled: gateway.smartBinEnabled,
    visa_attempts_max: gateway.visaAttemptsMax,
    version: gateway.version,
    created_at: gateway.createdAt,
    updated_at: gateway.updatedAt,
    archived_at: gateway.archivedAt,
  }
}

function toGatewayAccount(row: GatewayRow): GatewayAccount {
  return {
    id: row.id,
    code: row.code,
    kind: row.kind,
    name: row.name,
    description: row.description,
    isEnabled: row.is_enabled,
    position: row.position,
    baseUrl: row.base_url,
    accountReference: row.account_reference,
    // Written by this module alone, in these forms.
    credentialsHint: row.credentials_hint as Readonly<Record<string, string>>,
    credentialsVersion: row.credentials_version,
    previousCredentialsUntil: row.previous_credentials_until,
    merchantAccountId: row.merchant_account_id,
    discountRatePpm: row.discount_rate_ppm,
    flatFeeApprovedMinor: row.flat_fee_approved_minor,
    flatFeeDeclinedMinor: row.flat_fee_declined_minor,
    acquirerBins: row.acquirer_bins as readonly string[],
    monthlyCapMinor: row.monthly_cap_minor,
    customDescriptor: row.custom_descriptor as CustomDescriptor | null,
    cascadeRules: row.cascade_rules as readonly CascadeRule[],
    smartBinEnabled: row.smart_bin_enabled,
    visaAttemptsMax: row.visa_attempts_max,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at ?? row.created_at,
    archivedAt: row.archived_at,
  }
}
