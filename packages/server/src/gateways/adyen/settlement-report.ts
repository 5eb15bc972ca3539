import { parseCurrency } from '@perennial/core/money'
import {
  isOfCharge,
  isTaken,
  type SettlementKind,
  type SettlementReading,
  type SettlementReport,
} from '@perennial/core/payments'
import { parsePlainDate, startOfDay, UTC } from '@perennial/core/time'
import { fromDecimalAmount } from '../../platform/amounts/index.ts'

/**
 * The vendor's settlement details report, one file for each payout (docs.adyen.com, "Settlement details report"). Of a
 * transaction gross and net are told, and what lies between them is the fee; everything else has a net alone.
 */
export const SETTLEMENT_DETAILS: SettlementReport = {
  name: 'settlement details report of Adyen',
  isReport: (columns) => NEEDED.every((name) => columns.includes(name)),
  read: readLine,
}

const TYPE = 'Type'
const CREATED = 'Creation Date'
const REFERENCE = 'Psp Reference'
const MODIFICATION = 'Modification Reference'
const BATCH = 'Batch Number'
const GROSS_CURRENCY = 'Gross Currency'
const NET_CURRENCY = 'Net Currency'
const GROSS = ['Gross Credit (GC)', 'Gross Debit (GC)'] as const
const NET = ['Net Credit (NC)', 'Net Debit (NC)'] as const
const NEEDED = [TYPE, CREATED, REFERENCE, MODIFICATION, BATCH, GROSS_CURRENCY, NET_CURRENCY, ...GROSS, ...NET] // prettier-ignore

/** Journal types; those that no charge of ours stands behind wait in suspense for a person. */
const KINDS: Readonly<Record<string, SettlementKind>> = {
  Settled: 'charge',
  Refunded: 'refund',
  RefundedReversed: 'refund',
  Chargeback: 'chargeback',
  SecondChargeback: 'chargeback',
  ChargebackReversed: 'chargeback_reversal',
  Fee: 'fee',
  MiscCosts: 'fee',
  InvoiceDeduction: 'fee',
  PaymentCost: 'fee',
  AdvancementCommission: 'fee',
  MerchantPayout: 'payout',
  DepositCorrection: 'adjustment',
  Balancetransfer: 'adjustment',
  MatchedStatement: 'adjustment',
  ManualCorrected: 'adjustment',
  BankInstructionReturned: 'adjustment',
}

function readLine(record: ReadonlyMap<string, string>): SettlementReading {
  const text = (column: string) => record.get(column) ?? ''
  const type = text(TYPE)
  const kind = KINDS[type]
  if (kind === undefined)
    return refused(TYPE, `"${type}" is not known: hand its rows in in our columns.`)
  const currency = parseCurrency(text(NET_CURRENCY))
  if (currency === null) return refused(NET_CURRENCY, 'It is no ISO 4217 code.')
  const isTransaction = isOfCharge(kind)
  if (isTransaction && text(GROSS_CURRENCY) !== currency)
    return refused(GROSS_CURRENCY, 'It is settled in another currency than it was charged in.')
  const balance = ([credit, debit]: readonly [string, string]): bigint | string => {
    const plus = text(credit) === '' ? 0n : fromDecimalAmount(text(credit), currency)
    const minus = text(debit) === '' ? 0n : fromDecimalAmount(text(debit), currency)
    if (plus === null) return credit
    return minus === null ? debit : plus - minus
  }
  const net = balance(NET)
  const gross = isTransaction ? balance(GROSS) : net
  const wrong = [net, gross].find((sum) => typeof sum === 'string')
  if (typeof net === 'string' || typeof gross === 'string')
    return refused(String(wrong), `It is no amount of ${currency}.`)
  if (net === 0n && gross === 0n) return { kind: 'none' }
  const date = parsePlainDate(text(CREATED).slice(0, 10))
  if (date === null) return refused(CREATED, 'It does not begin with a date such as 2027-01-31.')
  const named = (column: string) => (text(column) === '' ? null : text(column))
  const batch = named(BATCH)
  return {
    kind: 'row',
    row: {
      kind,
      gatewayReference: named(REFERENCE),
      amountMinor: isTaken(kind) ? -gross : gross,
      feeMinor: gross - net,
      currency,
      payoutId: batch === null ? null : `batch ${batch}`,
      at: startOfDay(date, UTC),
      // A chargeback and its reversal may go by one name.
      lineId:
        isTransaction && named(MODIFICATION) !== null ? `${type} ${text(MODIFICATION)}` : null,
    },
  }
}

function refused(column: string, message: string): SettlementReading {
  return { kind: 'refused', column, message }
}
