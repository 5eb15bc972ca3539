import type { Uuid } from '@perennial/core/ids'
import type { CardDetails, GatewayPort, Mandate } from '@perennial/core/payments'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { sha256Hex } from '../../../platform/crypto/index.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'
import { listGateways } from '../queries/gateways.ts'
import { listTokens } from '../queries/methods.ts'

export type BankAccount = {
  readonly sortCode: string
  readonly accountNumber: string
  readonly holderName: string
}

export type Lodged = {
  readonly gatewayId: Uuid
  readonly token: string
  readonly details: CardDetails
}

export type LodgeRefusal =
  | 'direct_debit_unavailable'
  | 'bureau_unreachable'
  | 'bank_details_refused'

export type Bureau = { readonly gatewayId: Uuid; readonly port: GatewayPort }

/** The account's first enabled gateway that takes Bacs details, or none but `only`; null when it has none. */
export async function findBureau(
  gateways: GatewayDirectory,
  context: CommandContext,
  only: Uuid | null = null,
): Promise<Bureau | null> {
  const { accountId } = context
  const known = await context.inTx((tx) => listGateways(tx, accountId))
  const asked = known.filter(({ id, isEnabled }) => isEnabled && (only ?? id) === id)
  for (const { id: gatewayId } of asked) {
    const { port } = await gateways.portOf(accountId, gatewayId)
    const { methodTypes, tokenize } = port.abilities
    if (tokenize && methodTypes.includes('bacs_direct_debit')) return { gatewayId, port }
  }
  return null
}

/**
 * Hands an instruction to the bureau, which gives its name for it. The account goes nowhere else. Again for the same
 * account under the same key it is the same instruction, where the bureau can tell.
 */
export async function lodge(
  bureau: Bureau,
  context: CommandContext,
  { account, key }: { readonly account: BankAccount; readonly key: string },
): Promise<Decision<Lodged, Exclude<LodgeRefusal, 'direct_debit_unavailable'>>> {
  const { accountId, now: at } = context
  const { sortCode: bankCode, accountNumber, holderName } = account
  const bank = { scheme: 'bacs', bankCode, accountNumber, accountType: null, holderName } as const
  const ask = (under: { readonly idempotencyKey?: string }) =>
    bureau.port
      .tokenize({ accountId, instrument: { kind: 'bank', bank }, at, ...under })
      // What was thrown may quote the account.
      .catch(() => null)
  const what = JSON.stringify([accountId, key, bankCode, accountNumber, holderName])
  const made = await ask({ idempotencyKey: sha256Hex(what) })
  // What the same request lodged before was in vain, and has ended.
  const isEnded = made?.kind === 'tokenized' && made.details.mandate === 'ended'
  const answer = isEnded ? await ask({}) : made
  if (answer === null) return refused('bureau_unreachable')
  if (answer.kind === 'refused') return refused('bank_details_refused')
  return accepted({ gatewayId: bureau.gatewayId, token: answer.token, details: answer.details })
}

/** Tells the bureau that nobody debits under this instruction any more. False: it does not answer. */
export async function endAtBureau(
  gateways: GatewayDirectory,
  { accountId, now: at }: CommandContext,
  { gatewayId, token }: { readonly gatewayId: Uuid; readonly token: string },
): Promise<boolean> {
  const { port } = await gateways.portOf(accountId, gatewayId)
  if (port.endMandate === undefined) return true
  return port.endMandate({ accountId, token, at }).then(
    () => true,
    () => false,
  )
}

/** Accounts that a sandbox's bureau finds wrong when the instruction is lodged, by their last four digits. */
const SANDBOX_REJECTIONS: Readonly<Partial<Record<string, string>>> = {
  '9001': 'Instruction cancelled by payer',
  '9002': 'Payer deceased',
  '9003': 'Account transferred',
  '9005': 'No account',
  '9006': 'No instruction',
}

/** Why a mandate is not in force, where the bureau tells no more than that. */
export const ENDED_BY_BANK = 'The bank has ended the instruction'

/** What AUDDIS made of an instruction. Null: the bureau does not answer, or does not know yet, and is asked again. */
export async function askAboutLodgement(
  gateways: GatewayDirectory,
  context: CommandContext,
  mandate: Mandate,
): Promise<
  { readonly kind: 'taken' } | { readonly kind: 'rejected'; readonly reason: string } | null
> {
  const { accountId, now: at, environment } = context
  const { paymentMethodId, gatewayId, accountNumberLast4 } = mandate
  const reason = environment === 'sandbox' ? SANDBOX_REJECTIONS[accountNumberLast4] : undefined
  if (reason !== undefined) return { kind: 'rejected', reason }
  const tokens = await context.inTx((tx) => listTokens(tx, accountId, [paymentMethodId]))
  const token = tokens.find((held) => held.gatewayId === gatewayId)?.token
  if (token === undefined) return { kind: 'rejected', reason: 'The bureau has no instruction' }
  const { port } = await gateways.portOf(accountId, gatewayId)
  const details = await port
    .describeToken({ accountId, paymentMethodId, token, at })
    .catch(() => 'unreachable' as const)
  if (details === 'unreachable') return null
  if (details === null) return { kind: 'rejected', reason: 'The bureau has no such instruction' }
  if (details.mandate === 'awaited') return null
  if (details.mandate === 'ended') return { kind: 'rejected', reason: ENDED_BY_BANK }
  return { kind: 'taken' }
}
