import { isDeclineCode } from '@perennial/core/declines'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { RECYCLING_DEFAULTS, type RecyclingRules } from '@perennial/core/recovery'
import { formatInstant } from '@perennial/core/time'
import { getAccount, mergeSettings, toAccountSettings } from '../../modules/accounts/index.ts'
import type { BillingDeps } from '../../modules/billing/index.ts'
import { checkTarget } from '../../modules/recovery/index.ts'
import type { AccountSettings, CommandContext } from '../../platform/command/index.ts'
import { randomToken, seal } from '../../platform/crypto/index.ts'
import { ApiRefusal, type ApiModule } from '../../platform/http/index.ts'
import { Revolv3SettingsAnswer, Revolv3SettingsBody } from './settings-schemas.ts'
import { postSigned } from './webhooks/deliver.ts'
import { envelopeOf } from './webhooks/sign.ts'

const tags = ['Account']

/** `GET|PUT /v2/settings/revolv3`: the webhook of the Revolv3-compatible API, and its recurring strategy. */
export function revolv3SettingsRoutes(deps: BillingDeps): ApiModule {
  return (app) => {
    app.get(
      '/settings/revolv3',
      {
        config: { scope: 'account:read' },
        schema: {
          tags,
          summary: 'Show the settings of the Revolv3-compatible API',
          response: { 200: Revolv3SettingsAnswer },
        },
      },
      async ({ context }) => show(deps, context, null),
    )
    app.put(
      '/settings/revolv3',
      {
        config: {
          scope: 'account:write',
          shownOnce: ['webhook_key'],
          reload: (context) => show(deps, context, null),
        },
        schema: {
          tags,
          summary: 'Change the settings of the Revolv3-compatible API',
          body: Revolv3SettingsBody,
          response: { 200: Revolv3SettingsAnswer },
        },
      },
      async ({ context, body }) => {
        const webhook = await readWebhook(deps, context, body)
        const recycling = await readStrategy(deps, context, body.recurring_strategy)
        await context.inTx(async (tx) => {
          await mergeSettings(tx, context.accountId, { ...webhook.settings, ...recycling })
          await context.remember(tx, 'account', context.accountId)
        })
        return show(deps, context, webhook.shownKey)
      },
    )
  }
}

async function show(deps: BillingDeps, context: CommandContext, shownKey: string | null) {
  const { settings } = await getAccount(deps.database, context.accountId)
  const { recycling, revolv3 } = toAccountSettings(settings)
  const { rules, gatewayIds } = recycling ?? { rules: RECYCLING_DEFAULTS, gatewayIds: [] }
  return {
    data: {
      object: 'revolv3_settings' as const,
      webhook_url: revolv3?.webhookUrl ?? null,
      webhook_key: shownKey,
      recurring_strategy: toWireStrategy(rules, gatewayIds),
    },
  }
}

function toWireStrategy(rules: RecyclingRules, gatewayIds: readonly Uuid[]) {
  const minutes = (value: number) => String(value).padStart(2, '0')
  const { minuteOfDay } = rules
  return {
    time_of_day: `${minutes(Math.floor(minuteOfDay / 60))}:${minutes(minuteOfDay % 60)}`,
    processors: gatewayIds.map((id) => encodeId('gateway', id)),
    recycle_attempts: rules.runsMax,
    recycle_interval_days: [...rules.intervalDays],
    on_exhausted: rules.onExhausted,
    on_hard_decline: rules.onHardDecline,
    hard_declines: [...rules.hardDeclines],
    invoice_expiration_window_days: rules.daysMax,
  }
}

type Wanted = Revolv3SettingsBody

/** An address is kept only once it has answered a test with 200 (spec/revolv3.md 12.1). */
async function readWebhook(deps: BillingDeps, context: CommandContext, body: Wanted) {
  const { webhook_url: url } = body
  if (url === undefined && body.webhook_key === undefined) return { settings: {}, shownKey: null }
  if (url === null) return { settings: { revolv3: null }, shownKey: null }
  const address = url ?? context.account.settings.revolv3?.webhookUrl
  if (address === undefined)
    throw ApiRefusal.invalid('webhook_url', 'Give the address that the key is for.')
  const isLive = context.environment === 'live'
  const { privateTargets } = deps
  const problem = await checkTarget(address, { isLive, privateTargets })
  if (problem !== null) throw ApiRefusal.invalid('webhook_url', problem)
  const key = body.webhook_key ?? randomToken('whk_', 24)
  const answer = await testConnection(deps, context, { url: address, key })
  if (answer.status !== 200) {
    const said = answer.error ?? `it answered ${answer.status}`
    throw ApiRefusal.invalid('webhook_url', `The test of the address failed (${said}). It has to answer 200 before it is kept.`) // prettier-ignore
  }
  const webhookKeySealed = seal(deps.keyRing, { text: key, boundTo: context.accountId })
  return { settings: { revolv3: { webhookUrl: address, webhookKeySealed } }, shownKey: key }
}

function testConnection(
  deps: BillingDeps,
  context: CommandContext,
  to: { readonly url: string; readonly key: string },
) {
  const eventDateTime = formatInstant(context.now)
  const revolvMerchantId = encodeId('account', context.accountId)
  const message = { eventDateTime, eventType: 'WebhookTest', revolvMerchantId }
  return postSigned(deps, { ...to, body: envelopeOf(message, context.ids.next()) })
}

async function readStrategy(
  deps: BillingDeps,
  context: CommandContext,
  wanted: Wanted['recurring_strategy'],
): Promise<{ readonly recycling?: object }> {
  if (wanted === undefined) return {}
  const before: NonNullable<AccountSettings['recycling']> = context.account.settings.recycling ?? {
    rules: RECYCLING_DEFAULTS,
    gatewayIds: [],
  }
  const { time_of_day: time } = wanted
  const [hours = '0', minutes = '0'] = time?.split(':') ?? []
  const { rules } = before
  const gatewayIds =
    wanted.processors === undefined
      ? before.gatewayIds
      : await findGateways(deps, context, wanted.processors)
  const recycling = {
    minuteOfDay: time === undefined ? rules.minuteOfDay : Number(hours) * 60 + Number(minutes),
    runsMax: wanted.recycle_attempts ?? rules.runsMax,
    intervalDays: wanted.recycle_interval_days ?? rules.intervalDays,
    onExhausted: wanted.on_exhausted ?? rules.onExhausted,
    onHardDecline: wanted.on_hard_decline ?? rules.onHardDecline,
    hardDeclines: readHardDeclines(wanted.hard_declines) ?? rules.hardDeclines,
    daysMax: wanted.invoice_expiration_window_days ?? rules.daysMax,
    gatewayIds,
  }
  return { recycling }
}

/** A code that no refusal has would be a rule that never holds. */
function readHardDeclines(codes: readonly string[] | undefined): readonly string[] | undefined {
  const unknown = codes?.find((code) => !isDeclineCode(code))
  if (unknown === undefined) return codes
  throw ApiRefusal.invalid('recurring_strategy.hard_declines', `${unknown} is no decline code.`)
}

async function findGateways(
  deps: BillingDeps,
  context: CommandContext,
  names: readonly string[],
): Promise<readonly Uuid[]> {
  const ids: Uuid[] = []
  for (const name of names) {
    const found = await deps.gateways.find(context.accountId, name)
    if (found === null)
      throw ApiRefusal.invalid('recurring_strategy.processors', `There is no enabled gateway ${name}.`) // prettier-ignore
    ids.push(found.gateway.id)
  }
  return ids
}
