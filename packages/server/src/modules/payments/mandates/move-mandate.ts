import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { type Mandate, type MandateMove, moveMandate as decideMove } from '@perennial/core/payments'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { unseal } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { lockCustomer } from '../../customers/index.ts'
import { attachLocked } from '../methods/attach-payment-method.ts'
import { detachLocked } from '../methods/detach-payment-method.ts'
import {
  findBankSealed,
  findMandate,
  listDueMandates,
  lockMandate,
  updateMandate,
} from '../queries/mandates.ts'
import { putToken } from '../queries/method-tokens.ts'
import { lockMethod } from '../queries/payment-methods.ts'
import {
  askAboutLodgement,
  endAtBureau,
  ENDED_BY_BANK,
  findBureau,
  lodge,
  type LodgeRefusal,
} from './bureau.ts'
import { bankSeal, lodgementAnswerAt, type MandateDeps } from './create-mandate.ts'
import { type MandateEventType, toMandateEvent } from './mandate-events.ts'

export type MoveMandateRefusal = 'mandate_not_found' | 'mandate_state_invalid'
export type ReinstateRefusal = MoveMandateRefusal | LodgeRefusal

const EVENTS: Readonly<Record<MandateMove['kind'], MandateEventType | null>> = {
  activate: 'mandate.activated',
  reject: 'mandate.auddis_rejected',
  suspend: 'mandate.suspended',
  reinstate: null,
  cancel: 'mandate.cancelled',
}

/** Moves a mandate, and its payment method with it: only one in force can be charged. */
export async function moveMandate(
  context: CommandContext,
  request: { readonly id: Uuid; readonly move: MandateMove },
): Promise<Decision<Mandate, MoveMandateRefusal>> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const seen = await findMandate(tx, { accountId, id: request.id })
    if (seen === null) return refused('mandate_not_found')
    await lockCustomer(tx, { accountId, id: seen.customerId })
    return moveLocked(tx, context, request)
  })
}

/** A bank has ended an instruction. One that was not in force yet is thereby rejected. The customer is locked. */
export async function endByBank(tx: Tx, context: CommandContext, id: Uuid): Promise<boolean> {
  const current = await lockMandate(tx, { accountId: context.accountId, id })
  const move: MandateMove =
    current?.status === 'pending_lodgement'
      ? { kind: 'reject', reason: ENDED_BY_BANK }
      : { kind: 'cancel', reason: 'Told by the bank' }
  return (await moveLocked(tx, context, { id, move })).kind === 'accepted'
}

/** The customer is locked. */
export async function moveLocked(
  tx: Tx,
  context: CommandContext,
  { id, move }: { readonly id: Uuid; readonly move: MandateMove },
): Promise<Decision<Mandate, MoveMandateRefusal>> {
  const { accountId, now } = context
  const current = await lockMandate(tx, { accountId, id })
  if (current === null) return refused('mandate_not_found')
  const moved = decideMove(current, move, now)
  if (moved === null) return refused('mandate_state_invalid')
  await updateMandate(tx, accountId, moved)
  await followWithMethod(tx, context, moved)
  const type = EVENTS[move.kind]
  if (type !== null) await recordEvents(tx, [toMandateEvent(context, type, moved)])
  await context.remember(tx, 'mandate', id)
  return accepted(moved)
}

async function followWithMethod(
  tx: Tx,
  context: CommandContext,
  { paymentMethodId, customerId, status }: Mandate,
): Promise<void> {
  const current = await lockMethod(tx, { accountId: context.accountId, id: paymentMethodId })
  assert(current !== null, 'a mandate has its method')
  const isAttached = current.status !== 'inactive'
  if (status === 'active' && !isAttached) await attachLocked(tx, context, { current, customerId })
  if (status !== 'active' && isAttached) {
    const { events } = await detachLocked(tx, context, current)
    await recordEvents(tx, events)
  }
}

const isBank = Compile(Type.Object({ sortCode: Type.String(), accountNumber: Type.String() }))

/**
 * Lodges another instruction for the same account, where the first one was lodged: the mandate is pending until the
 * bureau has taken that one too. The instruction that is left over is ended there.
 */
export async function reinstateMandate(
  deps: MandateDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Mandate, ReinstateRefusal>> {
  const { accountId } = context
  const found = await context.inTx(async (tx) => ({
    mandate: await findMandate(tx, { accountId, id }),
    sealed: await findBankSealed(tx, { accountId, id }),
  }))
  const { mandate, sealed } = found
  if (mandate === null || sealed === null) return refused('mandate_not_found')
  if (mandate.status !== 'suspended') return refused('mandate_state_invalid')
  const bank: unknown = JSON.parse(unseal(deps.keyRing, bankSeal(accountId, id, sealed)))
  assert(isBank.Check(bank), 'what was sealed is an account')
  const { sortCode, accountNumber } = bank as { sortCode: string; accountNumber: string } // just checked
  const account = { sortCode, accountNumber, holderName: mandate.accountHolderName }
  const { gatewayId, bureauReference: earlier } = mandate
  const bureau = await findBureau(deps.gateways, context, gatewayId)
  if (bureau === null) return refused('direct_debit_unavailable', { message: BUREAU_GONE })
  const key = `reinstate ${id} ${mandate.version}`
  const lodged = await lodge(bureau, context, { account, key })
  if (lodged.kind === 'refused') return lodged
  const { token } = lodged.value
  const moved = await context.inTx(async (tx) => {
    await lockCustomer(tx, { accountId, id: mandate.customerId })
    const { paymentMethodId } = mandate
    const checkAt = lodgementAnswerAt(context.now)
    const move = { kind: 'reinstate', bureauReference: token, checkAt } as const
    const decision = await moveLocked(tx, context, { id, move })
    if (decision.kind === 'accepted')
      await putToken(tx, { accountId, gatewayId, paymentMethodId, token })
    return decision
  })
  const held = await context.inTx((tx) => findMandate(tx, { accountId, id }))
  // The same request twice at once has lodged one instruction, which the other one of them holds.
  for (const left of [earlier, token])
    if (left !== null && left !== held?.bureauReference)
      await endAtBureau(deps.gateways, context, { gatewayId, token: left })
  return moved
}

const BUREAU_GONE =
  'The gateway that has this mandate is disabled. Enable it, or cancel the mandate and have another one signed.'

/**
 * Asks the bureau about instructions whose answer is due, each at its own time. Returns how many were decided; one that
 * the bureau does not answer for is asked about on the next banking day.
 */
export async function checkLodgements(
  deps: Pick<MandateDeps, 'gateways'>,
  contextAt: (at: Mandate['createdAt']) => CommandContext,
  given: { readonly until: Mandate['createdAt']; readonly decideAt: 'due' | 'until' },
): Promise<number> {
  const outer = contextAt(given.until)
  const due = await outer.inTx((tx) => listDueMandates(tx, outer.accountId, given.until))
  let decided = 0
  for (const { id, checkAt } of due) {
    const context = given.decideAt === 'due' ? contextAt(checkAt) : outer
    const { accountId } = context
    const mandate = await context.inTx((tx) => findMandate(tx, { accountId, id }))
    if (mandate === null) continue
    const told = await askAboutLodgement(deps.gateways, context, mandate)
    if (told === null) {
      await postpone(context, id)
      continue
    }
    const move: MandateMove =
      told.kind === 'taken' ? { kind: 'activate' } : { kind: 'reject', reason: told.reason }
    const moved = await moveMandate(context, { id, move })
    if (moved.kind === 'accepted') decided += 1
  }
  return decided
}

async function postpone(context: CommandContext, id: Uuid): Promise<void> {
  const { accountId, now } = context
  await context.inTx(async (tx) => {
    const current = await lockMandate(tx, { accountId, id })
    if (current === null || current.checkAt === null) return
    await updateMandate(tx, accountId, { ...current, checkAt: lodgementAnswerAt(now) })
  })
}
