import { createHash } from 'node:crypto'
import { encodeId } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import { operation, type Caller, type Json, type Operation } from '../../calls/operation.ts'
import type { V2Answer } from '../../calls/v2.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { toMajor, toMinor } from '../../wire/amounts.ts'
import { toCode } from '../../wire/codes.ts'
import {
  amount,
  choice,
  code,
  flag,
  idAt,
  nothing,
  pathId,
  strict,
  text,
} from '../../wire/fields.ts'

const what = 'user gateway'
const params = strict({ user_gateway_id: code('Id of the gateway.') })
const optional = Type.Optional
const METRICS = ['captured_amount', 'approved_count', 'declined_count', 'attempt_count', 'decline_rate', 'chargeback_count'] as const // prettier-ignore
const PERIODS = ['hour', 'day', 'week', 'month'] as const
const PPM_PER_PERCENT = 10_000

const name = Type.String({ minLength: 1, maxLength: 100, description: 'Unique.' })
const fields = Type.Array(
  strict({ id: text('Name of the credential.', 100), value: text('The credential.', 10_000) }),
  { maxItems: 30, description: 'Credentials at the processor; of a change, those that are new.' },
)
const part = optional(text('Of the descriptor.', 200))
const settings = {
  description: optional(text('Your own note.')),
  enabled: optional(flag('Whether charges are sent to it.')),
  merchant_account_id: optional(text('Number at the acquirer.', 100)),
  discount_rate: optional(Type.Number({ minimum: 0, maximum: 100, description: 'Percent of an approved charge.' })), // prettier-ignore
  flat_fee_success: optional(amount('Of an approved charge.')),
  flat_fee_failure: optional(amount('Of a declined charge.')),
  monthly_cap: optional(amount('For reports only.')),
  acquirer_bins: optional(Type.Array(text('A BIN.', 8), { maxItems: 100, description: 'BINs of the acquirer.' })), // prettier-ignore
  smart_bin: optional(flag('Whether its approval rates per BIN are learned.')),
  custom_descriptor: optional(
    strict({
      enabled: flag('Whether it is printed.'),
      name: part,
      email: part,
      url: part,
      phone: part,
      address: part,
      city: part,
      state: part,
      postal_code: part,
    }),
  ),
  global_cascade_rules: optional(
    Type.Array(
      strict({
        metric: choice(METRICS, 'What is counted.'),
        period: choice(PERIODS, 'Over which time.'),
        max: Type.Number({ minimum: 0, maximum: 1e12, description: 'Reached at most, the next attempt included.' }), // prettier-ignore
      }),
      { maxItems: 20, description: 'How much it may be used.' },
    ),
  ),
}
const CreateBody = strict({ name, site_gateway_id: code('Which processor it is at.'), fields, ...settings }) // prettier-ignore
const EditBody = strict({ name: optional(name), fields: optional(fields), ...settings })
type Settings = Omit<Static<typeof EditBody>, 'fields'>

/** The 20 letters and digits by which this face knows a kind of gateway. */
function siteGatewayOf(kind: string): string {
  return createHash('sha256').update(kind).digest('hex').slice(0, 20)
}

function toOurs({ context }: Caller, body: Settings): Json {
  const { currency } = context.account
  const minor = (field: string, major: number | undefined) =>
    major === undefined ? undefined : Number(toMinor(major, currency, field))
  const { discount_rate: rate, global_cascade_rules: rules } = body
  return {
    name: body.name,
    description: body.description,
    merchant_account_id: body.merchant_account_id,
    discount_rate_ppm: rate === undefined ? undefined : Math.round(rate * PPM_PER_PERCENT),
    flat_fee_approved: minor('flat_fee_success', body.flat_fee_success),
    flat_fee_declined: minor('flat_fee_failure', body.flat_fee_failure),
    monthly_cap: minor('monthly_cap', body.monthly_cap),
    acquirer_bins: body.acquirer_bins,
    smart_bin_enabled: body.smart_bin,
    custom_descriptor: body.custom_descriptor,
    global_cascade_rules: rules?.map((rule) => ({
      ...rule,
      max: rule.metric === 'captured_amount' ? minor('global_cascade_rules.max', rule.max) : rule.max, // prettier-ignore
    })),
  }
}

function toCredentials(given: Static<typeof fields>): Json {
  return Object.fromEntries(given.map(({ id, value }) => [id, value]))
}

async function kindOf({ v2 }: Caller, siteGateway: string): Promise<string> {
  const vendors = (await v2.get('/gateways/vendors')).at('data')
  const kinds = Array.isArray(vendors)
    ? vendors.map((vendor: unknown) => String(Object(vendor).kind))
    : []
  const kind = kinds.find((one) => siteGatewayOf(one) === siteGateway)
  if (kind !== undefined) return kind
  const known = kinds.map((one) => `${siteGatewayOf(one)} (${one})`).join(', ')
  throw FaceRefusal.invalid(`site_gateway_id must be one of ${known}.`)
}

function show({ context }: Caller, answer: V2Answer): Json {
  const { currency } = context.account
  const at = (field: string) => answer.at(`data.${field}`)
  const major = (field: string) => {
    const minor = at(field)
    return typeof minor === 'number' ? toMajor(BigInt(minor), currency) : null
  }
  const rules = at('global_cascade_rules')
  return {
    id: toCode(answer.idAt('gateway', 'data.id')),
    name: at('name'),
    description: at('description'),
    enabled: at('enabled'),
    site_gateway_id: siteGatewayOf(String(at('kind'))),
    merchant_account_id: at('merchant_account_id'),
    discount_rate: Number(at('discount_rate_ppm')) / PPM_PER_PERCENT,
    flat_fee_success: major('flat_fee_approved'),
    flat_fee_failure: major('flat_fee_declined'),
    monthly_cap: major('monthly_cap'),
    acquirer_bins: at('acquirer_bins'),
    smart_bin: at('smart_bin_enabled'),
    custom_descriptor: at('custom_descriptor'),
    global_cascade_rules: Array.isArray(rules)
      ? rules.map((rule: Json) =>
          rule['metric'] === 'captured_amount'
            ? { ...rule, max: toMajor(BigInt(Number(rule['max'])), currency) }
            : rule,
        )
      : [],
  }
}

const pathOf = (value: string) => `/gateways/${encodeId('gateway', pathId(value, what))}`

async function enable({ v2 }: Caller, path: string, isEnabled: boolean | undefined): Promise<void> {
  if (isEnabled !== undefined) await v2.send('POST', `${path}/${isEnabled ? 'enable' : 'disable'}`)
}

export const gatewayOperations: readonly Operation[] = [
  operation({
    name: 'CreateUserGateway',
    summary: 'Connect a gateway',
    method: 'POST',
    path: '/user_gateways',
    pair: { type: 'user_gateway', method: 'create' },
    scope: 'gateways:write',
    schemas: { params: nothing, query: nothing, body: CreateBody },
    handle: async (caller, { body }) => {
      const made = await caller.v2.send('POST', '/gateways', {
        ...toOurs(caller, body),
        kind: await kindOf(caller, body.site_gateway_id),
        credentials: toCredentials(body.fields),
        enabled: body.enabled,
      })
      const id = toCode(made.idAt('gateway', 'data.id'))
      return { kind: 'action', fields: { user_gateway_id: id }, result: 'User gateway created.' }
    },
  }),
  operation({
    name: 'EditUserGateway',
    summary: 'Edit a gateway',
    method: 'POST',
    path: '/user_gateways/:user_gateway_id',
    pair: { type: 'user_gateway', method: 'edit' },
    scope: 'gateways:write',
    schemas: { params, query: nothing, body: EditBody },
    handle: async (caller, { params: { user_gateway_id: value }, body }) => {
      const path = pathOf(value)
      const { enabled, fields: given = [], ...rest } = body
      // First, for its processor may refuse them: then nothing has changed.
      if (given.length > 0)
        await caller.v2.send('POST', `${path}/credentials`, { credentials: toCredentials(given) })
      if (Object.keys(rest).length > 0) await caller.v2.send('PATCH', path, toOurs(caller, rest))
      await enable(caller, path, enabled)
      return { kind: 'action', fields: { user_gateway_id: value }, result: 'User gateway edited.' }
    },
  }),
  operation({
    name: 'GetUserGateway',
    summary: 'Show a gateway',
    method: 'GET',
    path: '/user_gateways/:user_gateway_id',
    pair: { type: 'user_gateway', method: 'retrieve' },
    scope: 'gateways:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async (caller, { params: { user_gateway_id: value } }) => {
      const object = show(caller, await caller.v2.get(pathOf(value)))
      return { kind: 'object', idName: 'user_gateway_id', object }
    },
  }),
  operation({
    name: 'CreateGatewayGroup',
    summary: 'Create a gateway group',
    method: 'POST',
    path: '/gateway_groups',
    pair: { type: 'gateway_group', method: 'create' },
    scope: 'routing:write',
    schemas: {
      params: nothing,
      query: nothing,
      body: strict({
        name,
        description: optional(text('What it is for.')),
        enabled: optional(flag('Whether it is used.')),
        choice: optional(choice(['sort_order', 'round_robin', 'evenly_distribute'], 'How one is chosen.')), // prettier-ignore
        user_gateway: Type.Array(code('Id of a gateway.'), { minItems: 1, maxItems: 50, description: 'In order.' }), // prettier-ignore
      }),
    },
    handle: async ({ v2 }, { body }) => {
      const { user_gateway: gateways, choice: how, ...rest } = body
      const made = await v2.send('POST', '/gateway-groups', {
        ...rest,
        ...(how === undefined ? {} : { choice: how === 'evenly_distribute' ? 'even_distribution' : how }), // prettier-ignore
        gateway_ids: gateways.map((value) => encodeId('gateway', idAt('user_gateway', value))),
      })
      const id = toCode(made.idAt('gateway_group', 'data.id'))
      return { kind: 'action', fields: { gateway_group_id: id }, result: 'Gateway group created.' }
    },
  }),
]
