import { assert } from '@perennial/core/fault'
import { decodeId, encodeId } from '@perennial/core/ids'
import { addDays, formatInstant } from '@perennial/core/time'
import { contextOf, loadScope } from '../../../packages/server/src/modules/billing/index.ts'
import {
  confirmEdit,
  previewEdit,
  readEditJson,
  workOnEdit,
  workOnReview,
} from '../../../packages/server/src/modules/subscription-edits/index.ts'
import type { CommandContext } from '../../../packages/server/src/platform/command/index.ts'
import { ApiRefusal } from '../../../packages/server/src/platform/http/index.ts'
import { beginLife, runInLife } from '../life.ts'
import { call, countObjects, pickObject, readNow, succeed, type Stage } from '../stage.ts'
import { about, type Step } from './about.ts'

const EDITS_MAX = 5
/** How often a review is confirmed before anything else happens. */
const AT_ONCE = 0.7

/** Reviews a change of many; an edit that takes another back is one too. */
export const reviewMany: Step = async (stage) => {
  const { chance } = stage
  if ((await countObjects(stage, 'subscription_edits')) >= EDITS_MAX) return
  const bySegment = chance.happens(0.3)
  const actions = await pickActions(stage)
  const body = {
    filters: chance.pick<object>([{}, {}, { in_trial: false }, { statuses: ['active', 'paused'] }]),
    ...(bySegment
      ? { segment_by: 'status', segments: [{ value: 'active', actions }] }
      : { actions }),
    ...(chance.happens(0.3) ? { limit: 1 + chance.below(3) } : {}),
  }
  // An operator's parts are as small as can be: what a review of very many is.
  if (chance.happens(0.5)) await previewAsOperator(stage, body)
  else await call(stage, { method: 'POST', path: '/subscription-edits', body }, stage.faults)
  if (chance.happens(AT_ONCE)) await confirmReview(stage)
}

/** One to three, about different things. */
async function pickActions(stage: Stage): Promise<readonly object[]> {
  const { chance } = stage
  const profile = await pickObject(stage, 'subscription_profiles')
  const discount = await pickObject(stage, 'discounts')
  const gateway_id = await pickObject(stage, 'gateways')
  const days = 1 + chance.below(20)
  const at = formatInstant(addDays(await readNow(stage), chance.below(40) - 5))
  const subjects: readonly (readonly [object, ...object[]])[] = [
    [
      { type: 'extend_next_renewal', days },
      { type: 'shorten_next_renewal', days },
      { type: 'set_next_renewal', at },
    ],
    [
      { type: 'set_amount', amount_minor: chance.below(5000) },
      { type: 'adjust_amount', rate_bps: chance.below(4000) - 2000 },
      { type: 'adjust_amount', amount_minor: chance.below(2000) - 1000 },
    ],
    [{ type: 'set_preferred_gateway', gateway_id }, { type: 'clear_preferred_gateway' }],
    [{ type: 'set_forced_gateway', gateway_id }, { type: 'clear_forced_gateway' }],
    [{ type: 'suspend' }, { type: 'activate' }, { type: 'activate' }, { type: 'cancel' }],
    ...(profile === null ? [] : [[{ type: 'set_subscription_profile', subscription_profile_id: profile }] as const]), // prettier-ignore
    ...(discount === null ? [] : [[{ type: chance.pick(['add_discount', 'remove_discount']), discount_id: discount }] as const]), // prettier-ignore
  ]
  const chosen = subjects.filter(() => chance.happens(0.35))
  const some = chosen.length === 0 ? subjects.slice(0, 1) : chosen
  return some.map((kinds) => chance.pick(kinds))
}

/** By the API, which does a small edit itself; or as an operator does it, one subscription at a time. */
export const confirmReview: Step = async (stage) => {
  const { chance } = stage
  const edit = await pickNewest(stage)
  if (edit === null) return
  const path = `/subscription-edits/${edit}`
  const shown = await succeed(stage, { method: 'GET', path })
  const review_token = String(shown.at('data.review_token')) // none while it is being reviewed
  const limit = chance.happens(0.2) ? 1 + chance.below(2) : null
  if (chance.happens(0.5)) {
    const body = { review_token, limit }
    await call(stage, { method: 'POST', path: `${path}/confirm`, body }, stage.faults)
    return
  }
  await confirmAsOperator(stage, { edit, reviewToken: review_token, limit })
}

async function pickNewest({ house, account }: Stage): Promise<string | null> {
  const newest = await house.database.kysely
    .selectFrom('subscription_edits')
    .select('id')
    .where('account_id', '=', account.id)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return newest === undefined ? null : encodeId('subscription_edit', newest.id)
}

async function previewAsOperator(stage: Stage, body: object): Promise<void> {
  const { billing } = stage.house
  const accountId = stage.account.id
  await asOperator(stage, `previews ${JSON.stringify(body)}`, async (context) => {
    const decision = await previewEdit(context, readEditJson(context, body), { rowsMax: 1 })
    if (decision.kind === 'refused') return decision.code
    await workOnReview(billing, { accountId, id: decision.value.id, rowsMax: 2 })
    return 'accepted'
  })
}

async function confirmAsOperator(
  stage: Stage,
  given: { readonly edit: string; readonly reviewToken: string; readonly limit: number | null },
): Promise<void> {
  const { billing } = stage.house
  const accountId = stage.account.id
  const { edit, ...asked } = given
  const decoded = decodeId('subscription_edit', edit)
  assert(decoded.kind === 'ok', 'an id of ours is one')
  const { id } = decoded
  await asOperator(stage, `confirms ${edit}`, async (context) => {
    const decision = await confirmEdit(context, { id, ...asked })
    if (decision.kind === 'refused') return decision.code
    await workOnEdit(billing, { accountId, id, batchRows: 1 })
    return 'accepted'
  })
}

/** As the command line does it: a process of its own, with what came of it as text. */
async function asOperator(
  stage: Stage,
  what: string,
  work: (context: CommandContext) => Promise<string>,
): Promise<void> {
  const { house, chance, account } = stage
  const now = await readNow(stage)
  const scope = await loadScope({ database: house.database }, account.id)
  const context = contextOf(house.billing, { ...scope, runId: null }, now)
  const life = beginLife(chance, stage.faults)
  const refusable = () =>
    work(context).catch((error: unknown) => {
      if (error instanceof ApiRefusal) return error.message
      throw error
    })
  const [result] = await Promise.allSettled([runInLife(life, refusable)])
  if (result.status === 'rejected' && life.diedAt === null) throw result.reason
  const came = result.status === 'fulfilled' ? result.value : `the process died ${life.diedAt}`
  stage.log.push(`an operator ${what} -> ${came}`)
}

export const undoEdit: Step = async (stage) => {
  const id = await pickObject(stage, 'subscription_edits')
  if (id === null) return
  await call(stage, { method: 'POST', path: `/subscription-edits/${id}/undo` }, stage.faults)
  if (stage.chance.happens(AT_ONCE)) await confirmReview(stage)
}

/** Stops one, or lets it go on: what a crash has left, or what has not begun. */
export const stopEdit = about('subscription_edits', (id, { chance }) => ({
  method: 'POST',
  path: `/subscription-edits/${id}/${chance.pick(['pause', 'resume', 'resume', 'cancel'])}`,
}))
