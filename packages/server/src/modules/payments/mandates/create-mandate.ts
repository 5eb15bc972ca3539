import type { Uuid } from '@perennial/core/ids'
import {
  bacsDayAt,
  bankOf,
  checkBankAccount,
  lodgementAnswerOn,
  type Mandate,
  NOTICE_DAYS,
  onBacsDay,
} from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { type KeyRing, seal, sha256Hex } from '../../../platform/crypto/index.ts'
import { type Tx, violatedConstraint } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { findCustomer, lockCustomer } from '../../customers/index.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'
import { type PaymentMethod, toNewMethod } from '../methods/payment-method.ts'
import {
  consumeMandateRequest,
  findMandateRequest,
  type MandateRequestRow,
} from '../queries/mandate-requests.ts'
import { findLiveMandate, insertMandate, isReferenceLive, isRefTaken } from '../queries/mandates.ts'
import { findMethod, insertMethod } from '../queries/payment-methods.ts'
import { endAtBureau, findBureau, type Lodged, lodge, type LodgeRefusal } from './bureau.ts'
import { toMandateEvent } from './mandate-events.ts'

export type MandateDeps = { readonly gateways: GatewayDirectory; readonly keyRing: KeyRing }

export type CreateMandate = {
  readonly customerId: Uuid
  readonly accountHolderName: string
  readonly sortCode: string
  readonly accountNumber: string
  readonly backupPaymentMethodId: Uuid | null
  readonly requestToken: string | null
  readonly acceptance: JsonObject
}

export type CreateMandateRefusal =
  | 'idempotency_key_missing'
  | 'sort_code_invalid'
  | 'account_number_invalid'
  | 'modulus_check_failed'
  | 'customer_not_found'
  | 'customer_lacks_name'
  | 'backup_method_not_found'
  | 'request_not_found'
  | 'request_expired'
  | 'request_of_another'
  | 'mandate_exists'
  | LodgeRefusal

/** When the bureau can be asked about an instruction that is lodged now: on the morning of its second banking day. */
export function lodgementAnswerAt(now: Instant): Instant {
  return onBacsDay(lodgementAnswerOn(bacsDayAt(now)))
}

/** `text` is what a mandate's account is sealed as, bound to its row. */
export function bankSeal(accountId: Uuid, mandateId: Uuid, text: string) {
  return { text, boundTo: `mandate ${accountId} ${mandateId}` }
}

/**
 * Takes a payer's instruction, hands it to the bureau and keeps it until the bureau tells that it is in force. Nothing
 * can be debited before. Refusals are checked in the order of the union.
 */
export async function createMandate(
  deps: MandateDeps,
  context: CommandContext,
  request: CreateMandate,
): Promise<Decision<Mandate, CreateMandateRefusal>> {
  const idempotencyKey = context.request?.idempotencyKey ?? null
  if (idempotencyKey === null) return refused('idempotency_key_missing')
  const bank = checkBankAccount(request)
  const [problem] = bank.problems
  if (problem !== undefined) return refused(problem)
  const checked = await context.inTx((tx) => check(tx, context, request))
  if (checked.kind === 'refused') return checked
  const { sortCode, accountNumber } = bank
  const holderName = request.accountHolderName
  const bureau = await findBureau(deps.gateways, context)
  if (bureau === null) return refused('direct_debit_unavailable')
  const account = { sortCode, accountNumber, holderName }
  // Another payer's instruction is another one, whatever key a caller reuses.
  const key = `create ${request.customerId} ${idempotencyKey}`
  const lodged = await lodge(bureau, context, { account, key })
  if (lodged.kind === 'refused') return lodged
  const written = await keep(deps, context, {
    request,
    lodged: lodged.value,
    sortCode,
    accountNumber,
  })
  if (written.kind === 'refused') await endUnlessHeld(deps, context, lodged.value)
  return written
}

/** Lodged in vain, nobody would ever debit under it. The same request twice at once has lodged what the other one holds. */
async function endUnlessHeld(
  { gateways }: MandateDeps,
  context: CommandContext,
  lodged: Lodged,
): Promise<void> {
  const { accountId } = context
  const isHeld = await context.inTx((tx) => isReferenceLive(tx, accountId, lodged))
  if (!isHeld) await endAtBureau(gateways, context, lodged)
}

async function keep(
  deps: MandateDeps,
  context: CommandContext,
  given: Omit<Writing, 'id' | 'bankSealed'>,
): Promise<Decision<Mandate, CreateMandateRefusal>> {
  const { accountId } = context
  const { sortCode, accountNumber } = given
  const id = context.ids.next()
  const text = JSON.stringify({ sortCode, accountNumber })
  const bankSealed = seal(deps.keyRing, bankSeal(accountId, id, text))
  try {
    return await context.inTx((tx) => write(tx, context, { ...given, id, bankSealed }))
  } catch (error) {
    if (violatedConstraint(error) === 'mandates_one_live_a_customer')
      return refused('mandate_exists')
    throw error
  }
}

async function check(
  tx: Tx,
  context: CommandContext,
  request: CreateMandate,
): Promise<Decision<MandateRequestRow | null, CreateMandateRefusal>> {
  const { accountId } = context
  const { customerId, backupPaymentMethodId } = request
  const customer = await findCustomer(tx, { accountId, id: customerId })
  if (customer === null || customer.deletedAt !== null) return refused('customer_not_found')
  if (customer.name === null) return refused('customer_lacks_name')
  if (backupPaymentMethodId !== null) {
    const backup = await findMethod(tx, { accountId, id: backupPaymentMethodId })
    const isUsable = backup?.customerId === customerId && backup.status === 'active'
    if (!isUsable) return refused('backup_method_not_found')
  }
  const signed = await findSigned(tx, context, request)
  if (signed.kind === 'refused') return signed
  const live = await findLiveMandate(tx, accountId, customerId)
  if (live !== null) return refused('mandate_exists')
  return signed
}

async function findSigned(
  tx: Tx,
  { accountId, now }: CommandContext,
  { requestToken, customerId }: CreateMandate,
): Promise<
  Decision<MandateRequestRow | null, 'request_not_found' | 'request_expired' | 'request_of_another'>
> {
  if (requestToken === null) return accepted(null)
  const found = await findMandateRequest(tx, { accountId, tokenHash: sha256Hex(requestToken) })
  if (found === null || found.status !== 'pending_signature') return refused('request_not_found')
  if (found.expires_at <= now) return refused('request_expired')
  return found.customer_id === customerId ? accepted(found) : refused('request_of_another')
}

type Writing = {
  readonly id: Uuid
  readonly request: CreateMandate
  readonly lodged: Lodged
  readonly bankSealed: string
  readonly sortCode: string
  readonly accountNumber: string
}

async function write(
  tx: Tx,
  context: CommandContext,
  given: Writing,
): Promise<Decision<Mandate, CreateMandateRefusal>> {
  const { accountId, now } = context
  const { id, request, lodged, bankSealed } = given
  const { customerId } = request
  // Held, so that the customer is not deleted meanwhile.
  if ((await lockCustomer(tx, { accountId, id: customerId })) === null)
    return refused('customer_not_found')
  const signed = await check(tx, context, request)
  if (signed.kind === 'refused') return signed
  const mandateRequestId = signed.value?.id ?? null
  if (mandateRequestId !== null) {
    const of = { accountId, id: mandateRequestId }
    if (!(await consumeMandateRequest(tx, of, now))) return refused('request_not_found')
  }
  const method = toMethod(context, given)
  const { gatewayId, token } = lodged
  await insertMethod(tx, accountId, method, {
    tokens: [{ gatewayId, token }],
    cardBin: null,
  })
  const mandate: Mandate = {
    id,
    version: 1,
    ref: await nextRef(tx, accountId, id),
    bureauReference: token,
    customerId,
    paymentMethodId: method.id,
    gatewayId,
    status: 'pending_lodgement',
    accountHolderName: request.accountHolderName,
    sortCodeLast2: given.sortCode.slice(-2),
    accountNumberLast4: given.accountNumber.slice(-4),
    bankName: bankOf(given.sortCode),
    statementName: context.account.name.slice(0, 18),
    noticeDays: NOTICE_DAYS,
    backupPaymentMethodId: request.backupPaymentMethodId,
    failureReason: null,
    mandateRequestId,
    invoiceId: signed.value?.invoice_id ?? null,
    checkAt: lodgementAnswerAt(now),
    activatedAt: null,
    suspendedAt: null,
    cancelledAt: null,
    createdAt: now,
    updatedAt: now,
  }
  await insertMandate(tx, accountId, { ...mandate, bankSealed, acceptance: request.acceptance })
  await recordEvents(tx, [toMandateEvent(context, 'mandate.created', mandate)])
  await context.remember(tx, 'mandate', id)
  return accepted(mandate)
}

/** The method that is debited under the mandate; it belongs to the customer once the mandate is in force. */
function toMethod(context: CommandContext, given: Writing): PaymentMethod {
  const { request, lodged, sortCode, accountNumber } = given
  const known = {
    id: context.ids.next(),
    customerId: request.customerId,
    isDefault: false,
    wallet: null,
    billingDetails: null,
    metadata: {},
  }
  const details = { ...lodged.details, last4: accountNumber.slice(-4) }
  const fresh = toNewMethod(details, known, context.now)
  const bankName = bankOf(sortCode)
  return { ...fresh, type: 'bacs_direct_debit', status: 'inactive', bankName }
}

const REF_TRIES_MAX = 5

/** `RK-` and six letters or digits, drawn from the id (revkeen 1.1). */
async function nextRef(tx: Tx, accountId: Uuid, id: Uuid): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    const text = BigInt(`0x${sha256Hex(`${id} ${attempt}`)}`)
      .toString(36)
      .toUpperCase()
    const ref = `RK-${text.slice(-6)}`
    const isLast = attempt === REF_TRIES_MAX
    if (isLast || !(await isRefTaken(tx, accountId, ref))) return ref
  }
}
