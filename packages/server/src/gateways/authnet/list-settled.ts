import { assertNever } from '@perennial/core/fault'
import { parseCurrency, type Currency } from '@perennial/core/money'
import {
  listedRefundNotice,
  type CredentialCheck,
  type GatewayMovement,
  type GatewayNotice,
  type MovementPage,
  type MovementsQuery,
} from '@perennial/core/payments'
import { fromDecimalAmount } from '../../platform/amounts/index.ts'
import { readList, readText, readWritten } from '../../platform/foreign/index.ts'
import type { AuthnetApi } from './authnet-api.ts'
import { getDetails, listBatches, listPage, type SettledBatch } from './find-transactions.ts'
import { keyOf, returnOf } from './transaction.ts'

/** The account's own currency: what its lists are in. */
export type Merchant = { currency(): Promise<Currency> }

/** Asked once; a failed question is asked again. */
export function createMerchant(api: AuthnetApi): Merchant {
  const held: { currency: Currency | null } = { currency: null }
  return {
    currency: async () => {
      held.currency ??= await askCurrency(api)
      return held.currency
    },
  }
}

async function askCurrency(api: AuthnetApi): Promise<Currency> {
  const { isOk, code, body } = await api.ask('getMerchantDetailsRequest', {})
  if (!isOk) throw new Error(`the gateway answered ${code}`)
  const [first] = readList(body, 'currencies') ?? []
  const currency = parseCurrency(typeof first === 'string' ? first : '')
  if (currency === null) throw new Error('the gateway does not tell the currency of the account')
  return currency
}

/** Wrong names and keys, inactive accounts, missing permissions. */
const REFUSED = /^E0000[5-9]$|^E0001[01]$/

export async function checkCredentials(api: AuthnetApi): Promise<CredentialCheck> {
  const { isOk, code, message, body } = await api.ask('getMerchantDetailsRequest', {})
  if (isOk) {
    const merchantName = readText(body, 'merchantName')
    return { kind: 'accepted', merchantName, accountReference: readText(body, 'gatewayId') }
  }
  if (!REFUSED.test(code)) throw new Error(`the gateway answered ${code}`)
  return { kind: 'refused', message: message ?? `The gateway refused the API login (${code}).` }
}

/**
 * What settled, batch by batch, oldest first; a line's time is its batch's. The gateway knows no fees: those are between the
 * merchant and its acquirer. The cursor is a batch and a page of it.
 */
export async function listSettled(
  api: AuthnetApi,
  merchant: Merchant,
  query: MovementsQuery,
): Promise<MovementPage> {
  const batches = await listBatches(api, query)
  const [wanted = '', page = '1'] = query.cursor?.split(':') ?? []
  const place = query.cursor === null ? 0 : batches.findIndex(({ batchId }) => batchId === wanted)
  const batch = batches[place]
  if (batch === undefined) return { movements: [], nextCursor: null }
  const currency = await merchant.currency()
  const pageNumber = Number.parseInt(page, 10)
  const { summaries, hasMore } = await listPage(api, batch.batchId, pageNumber)
  const movements: GatewayMovement[] = []
  for (const summary of summaries) {
    const movement = await toMovement(api, summary, { batch, currency })
    if (movement !== null) movements.push(movement)
  }
  const next = batches[place + 1]
  const following = next === undefined ? null : `${next.batchId}:1`
  return { movements, nextCursor: hasMore ? `${batch.batchId}:${pageNumber + 1}` : following }
}

const KINDS: Readonly<Record<string, GatewayMovement['kind']>> = {
  settledSuccessfully: 'charge',
  refundSettledSuccessfully: 'refund',
  returnedItem: 'adjustment',
  chargeback: 'dispute',
  chargebackReversal: 'dispute_reversal',
}
const TAKING: readonly string[] = ['refund', 'adjustment', 'dispute']

/** What takes money back names the charge in its details alone; returns and chargebacks are told by nothing else. */
async function toMovement(
  api: AuthnetApi,
  summary: unknown,
  { batch, currency }: { readonly batch: SettledBatch; readonly currency: Currency },
): Promise<GatewayMovement | null> {
  const reference = readText(summary, 'transId')
  const kind = KINDS[readText(summary, 'transactionStatus') ?? '']
  const amountMinor = fromDecimalAmount(readWritten(summary, 'settleAmount'), currency)
  if (reference === null || kind === undefined || amountMinor === null) return null
  const details = kind === 'charge' ? null : await getDetails(api, reference)
  const named = kind === 'charge' ? reference : readText(details, 'refTransId')
  // A charge may be shown as its own chargeback.
  const isDisputed = kind === 'dispute' || kind === 'dispute_reversal'
  const chargeReference = named ?? (isDisputed ? reference : null)
  const idempotencyKey = keyOf(details)
  const taken =
    chargeReference === null ? null : { reference, chargeReference, kind, idempotencyKey }
  const notice =
    taken === null ? null : await toNotice(api, taken, { batch, money: { amountMinor, currency } })
  return {
    reference,
    kind,
    chargeReference,
    idempotencyKey,
    amountMinor: TAKING.includes(kind) ? -amountMinor : amountMinor,
    feeMinor: 0n,
    currency,
    at: batch.settledAt,
    payoutReference: batch.batchId,
    ...(notice === null ? {} : { notice }),
  }
}

type Taken = {
  readonly reference: string
  readonly chargeReference: string
  readonly kind: GatewayMovement['kind']
  readonly idempotencyKey: GatewayMovement['idempotencyKey']
}

/** What only the list tells: returned debits, chargebacks, chargebacks that were taken back, and refunds whose webhook got lost. */
async function toNotice(
  api: AuthnetApi,
  taken: Taken,
  about: { readonly batch: SettledBatch; readonly money: Money },
): Promise<GatewayNotice | null> {
  switch (taken.kind) {
    case 'adjustment':
      return toReturnNotice(api, taken, about.batch)
    case 'dispute':
    case 'dispute_reversal':
      return toDisputeNotice(taken, about)
    case 'refund':
      return toRefundNotice(taken, about)
    case 'charge':
    case 'fee':
    case 'payout':
      return null
    default:
      return assertNever(taken.kind)
  }
}

type Money = { readonly amountMinor: bigint; readonly currency: Currency }

function toRefundNotice(
  { reference, chargeReference, idempotencyKey }: Taken,
  { batch, money }: { readonly batch: SettledBatch; readonly money: Money },
): GatewayNotice {
  const refund = { refundReference: reference, chargeReference, idempotencyKey }
  return listedRefundNotice({ ...refund, ...money, at: batch.settledAt })
}

/** The list tells neither why nor until when it may be answered: that is between the merchant and its acquirer. */
function toDisputeNotice(
  { reference, chargeReference, kind }: Taken,
  { batch, money }: { readonly batch: SettledBatch; readonly money: Money },
): GatewayNotice {
  return {
    id: `${kind} ${reference}`,
    at: batch.settledAt,
    kind: 'dispute',
    dispute: {
      // A chargeback and its reversal are two entries of one charge.
      disputeReference: `chargeback of ${chargeReference}`,
      chargeReference,
      status: kind === 'dispute' ? 'needs_response' : 'won',
      ...money,
      feeMinor: 0n,
      reason: 'other',
      networkReasonCode: null,
      networkReasonDescription: null,
      evidenceDueAt: null,
    },
  }
}

/** The bank's code stands with the debit that was returned. */
async function toReturnNotice(
  api: AuthnetApi,
  { reference, chargeReference }: Taken,
  batch: SettledBatch,
): Promise<GatewayNotice> {
  const { code, message } = returnOf(await getDetails(api, chargeReference), reference)
  const told = { id: `return ${reference}`, at: batch.settledAt, code, message }
  return { ...told, kind: 'return', gatewayReference: chargeReference }
}
