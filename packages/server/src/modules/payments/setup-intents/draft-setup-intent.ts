import type { Uuid } from '@perennial/core/ids'
import { isMapTooLarge, mergeMap } from '@perennial/core/maps'
import {
  editSetupIntent as decideEdit,
  type NewSetupIntent,
  type SetupIntent,
  type SetupIntentEdit,
  startSetupIntent,
} from '@perennial/core/payments'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { randomToken } from '../../../platform/crypto/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { lockCustomer } from '../../customers/index.ts'
import { findSetupIntent, insertSetupIntent, lockSetupIntent, updateSetupIntent } from '../queries/setup-intents.ts' // prettier-ignore

export type DraftSetupIntent = Omit<NewSetupIntent, 'id' | 'clientSecret'>

/** One that waits for its method; nothing is asked of any gateway. */
export async function draftSetupIntent(
  context: CommandContext,
  request: DraftSetupIntent,
): Promise<Decision<SetupIntent, 'customer_not_found'>> {
  const { accountId, now } = context
  const { customerId } = request
  return context.inTx(async (tx) => {
    const isKnown =
      customerId === null || (await lockCustomer(tx, { accountId, id: customerId })) !== null
    if (!isKnown) return refused('customer_not_found')
    const id = context.ids.next()
    const clientSecret = randomToken('seti_secret_', 24)
    const intent = startSetupIntent({ ...request, id, clientSecret }, now)
    await insertSetupIntent(tx, accountId, intent)
    await context.remember(tx, 'setup_intent', id)
    return accepted(intent)
  })
}

export type EditSetupRefusal =
  | 'setup_not_found'
  | 'customer_not_found'
  | 'setup_state_invalid'
  | 'map_too_large'

/** `metadata` merges; null removes a key. */
export async function editSetupIntent(
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly edit: Omit<SetupIntentEdit, 'metadata'> & { readonly metadata?: JsonObject }
  },
): Promise<Decision<SetupIntent, EditSetupRefusal>> {
  const { accountId, now } = context
  const { id, edit } = request
  return context.inTx(async (tx) => {
    if ((await findSetupIntent(tx, { accountId, id })) === null) return refused('setup_not_found')
    const { customerId } = edit
    const isNamed = customerId !== undefined && customerId !== null
    if (isNamed && (await lockCustomer(tx, { accountId, id: customerId })) === null)
      return refused('customer_not_found')
    const current = await lockSetupIntent(tx, { accountId, id })
    if (current === null) return refused('setup_not_found')
    const metadata = mergeMap(current.metadata, edit.metadata)
    if (isMapTooLarge(metadata)) return refused('map_too_large')
    const decision = decideEdit(current, { ...edit, metadata }, now)
    if (decision.kind === 'refused') return refused(decision.code)
    await updateSetupIntent(tx, accountId, decision.intent)
    await context.remember(tx, 'setup_intent', id)
    return accepted(decision.intent)
  })
}
