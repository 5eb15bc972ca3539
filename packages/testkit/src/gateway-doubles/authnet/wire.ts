import type { DoubleAnswer } from '../json-server.ts'
import type { BookedTransaction, PaymentProfile } from './authnet-book.ts'

type Fields = Readonly<Record<string, unknown>>

/** Answers begin with a byte order mark, as Authorize.net's do. */
function jsonAnswer(body: Fields): DoubleAnswer {
  return { status: 200, body: `\uFEFF${JSON.stringify(body)}` }
}

const SUCCESSFUL = { resultCode: 'Ok', message: [{ code: 'I00001', text: 'Successful.' }] }
const NONE = { resultCode: 'Ok', message: [{ code: 'I00004', text: 'No records found.' }] }

export function ok(body: Fields): DoubleAnswer {
  return jsonAnswer({ ...body, messages: SUCCESSFUL })
}

export function noRecords(body: Fields = {}): DoubleAnswer {
  return jsonAnswer({ ...body, messages: NONE })
}

/** A request that was not taken at all. */
export function refused(code: string, text: string, body: Fields = {}): DoubleAnswer {
  return jsonAnswer({ ...body, messages: { resultCode: 'Error', message: [{ code, text }] } })
}

const UNSUCCESSFUL = ['E00027', 'The transaction was unsuccessful.'] as const

/** A transaction that was refused comes in the same answer. */
export function transactionAnswer(
  transaction: BookedTransaction,
  note: { readonly code: string; readonly description: string } = {
    code: '1',
    description: 'This transaction has been approved.',
  },
): DoubleAnswer {
  const response = responseOf(transaction)
  if (transaction.responseCode === 1)
    return ok({ transactionResponse: { ...response, messages: [note] } })
  const errors = [{ errorCode: transaction.reasonCode, errorText: textOfReason(transaction) }]
  return refused(...UNSUCCESSFUL, { transactionResponse: { ...response, errors } })
}

/** Without a transaction of its own: nothing was recorded. */
export function unsuccessful(errorCode: string, errorText: string): DoubleAnswer {
  return refused(...UNSUCCESSFUL, {
    transactionResponse: {
      responseCode: '3',
      transId: '0',
      errors: [{ errorCode, errorText }],
    },
  })
}

function responseOf(transaction: BookedTransaction): Fields {
  const { profile, transId, responseCode, networkTransId } = transaction
  return {
    responseCode: String(responseCode),
    authCode: responseCode === 1 ? 'ABC123' : '',
    avsResultCode: 'Y',
    cvvResultCode: 'P',
    cavvResultCode: '2',
    transId,
    refTransID: transaction.refTransId ?? '',
    transHash: '',
    testRequest: '0',
    accountNumber: masked(profile),
    accountType: accountTypeOf(profile),
    profile: {
      customerProfileId: profile.customerProfileId,
      customerPaymentProfileId: profile.paymentProfileId,
    },
    ...(networkTransId === null ? {} : { networkTransId }),
  }
}

const REASONS: Readonly<Record<string, string>> = {
  '2': 'This transaction has been declined.',
  '4': 'This transaction has been declined. Pick up card.',
  '8': 'The credit card has expired.',
  '11': 'A duplicate transaction has been submitted.',
  '44': 'This transaction has been declined by card code mismatch.',
}

export function textOfReason({ reasonCode }: Pick<BookedTransaction, 'reasonCode'>): string {
  return REASONS[reasonCode] ?? 'This transaction has been declined.'
}

function masked({ number }: PaymentProfile): string {
  return `XXXX${number.slice(-4)}`
}

export function accountTypeOf({ kind, number }: PaymentProfile): string {
  if (kind === 'bankAccount') return 'eCheck'
  if (/^3[47]/.test(number)) return 'AmericanExpress'
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'MasterCard'
  return number.startsWith('6011') ? 'Discover' : 'Visa'
}

/** How transactions are shown in lists. */
export function summaryOf(transaction: BookedTransaction): Fields {
  const { profile, submittedAt } = transaction
  return {
    transId: transaction.transId,
    submitTimeUTC: utc(submittedAt),
    submitTimeLocal: utc(submittedAt).replace('Z', ''),
    transactionStatus: transaction.status,
    ...(transaction.invoiceNumber === null ? {} : { invoiceNumber: transaction.invoiceNumber }),
    accountType: accountTypeOf(profile),
    accountNumber: masked(profile),
    settleAmount: Number(transaction.settleAmount),
    marketType: 'eCommerce',
    product: 'Card Not Present',
    profile: {
      customerProfileId: profile.customerProfileId,
      customerPaymentProfileId: profile.paymentProfileId,
    },
    ...(transaction.returned === null ? {} : { hasReturnedItems: true }),
  }
}

/** How one transaction is shown by itself. */
export function detailsOf(transaction: BookedTransaction, settledAt: Date | null): Fields {
  const { profile, submittedAt, refTransId, networkTransId, returned } = transaction
  return {
    transId: transaction.transId,
    ...(refTransId === null ? {} : { refTransId }),
    submitTimeUTC: utc(submittedAt),
    submitTimeLocal: utc(submittedAt).replace('Z', ''),
    transactionType: transaction.transactionType,
    transactionStatus: transaction.status,
    responseCode: transaction.responseCode,
    responseReasonCode: Number(transaction.reasonCode),
    responseReasonDescription:
      transaction.responseCode === 1 ? 'Approval' : textOfReason(transaction),
    ...(settledAt === null || transaction.batchId === null
      ? {}
      : {
          batch: {
            batchId: transaction.batchId,
            settlementTimeUTC: utc(settledAt),
            settlementState: 'settledSuccessfully',
          },
        }),
    order: {
      invoiceNumber: transaction.invoiceNumber ?? '',
      description: transaction.description ?? '',
    },
    authAmount: Number(transaction.authAmount),
    settleAmount: Number(transaction.settleAmount),
    payment:
      profile.kind === 'bankAccount'
        ? { bankAccount: { routingNumber: 'XXXX0021', accountNumber: masked(profile) } }
        : {
            creditCard: {
              cardNumber: masked(profile),
              expirationDate: 'XXXX',
              cardType: accountTypeOf(profile),
            },
          },
    ...(returned === null
      ? {}
      : {
          returnedItems: [{ id: returned.transId, dateUTC: utc(submittedAt), code: returned.code }],
        }),
    profile: {
      customerProfileId: profile.customerProfileId,
      customerPaymentProfileId: profile.paymentProfileId,
    },
    ...(networkTransId === null ? {} : { networkTransId }),
  }
}

export function utc(at: Date): string {
  return at.toISOString()
}
