import type { Uuid } from '@perennial/core/ids'
import type { CardDetails, GatewayPort, Mandate } from '@perennial/core/payments'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
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

/** The account's first enabled gateway that takes Bacs details; null when it has none. */
export async function findBureau(
  gateways: GatewayDirectory,
  context: CommandContext,
): Promise<{ readonly gatewayId: Uuid; readonly port: GatewayPort } | null> {
  const { accountId } = context
  const known = await context.inTx((tx) => listGateways(tx, accountId))
  for (const { id: gatewayId } of known.filter(({ isEnabled }) => isEnabled)) {
    const { port } = await gateways.portOf(accountId, gatewayId)
    const { methodTypes, tokenize } = port.abilities
    if (tokenize && methodTypes.includes('bacs_direct_debit')) return { gatewayId, port }
  }
  return null
}

/** Hands an instruction to the bureau, which gives its name for it. The account goes nowhere else. */
export async function lodge(
  gateways: GatewayDirectory,
  context: CommandContext,
  account: BankAccount,
): Promise<Decision<Lodged, LodgeRefusal>> {
  const bureau = await findBureau(gateways, context)
  if (bureau === null) return refused('direct_debit_unavailable')
  const { accountId, now: at } = context
  const { sortCode: bankCode, accountNumber, holderName } = account
  const bank = { scheme: 'bacs', bankCode, accountNumber, accountType: null, holderName } as const
  const answer = await bureau.port
    .tokenize({ accountId, instrument: { kind: 'bank', bank }, at })
    // What was thrown may quote the account.
    .catch(() => null)
  if (answer === null) return refused('bureau_unreachable')
  if (answer.kind === 'refused') return refused('bank_details_refused')
  return accepted({ gatewayId: bureau.gatewayId, token: answer.token, details: answer.details })
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
