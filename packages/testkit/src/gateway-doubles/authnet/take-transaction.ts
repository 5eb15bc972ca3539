import type { DoubleAnswer } from '../json-server.ts'
import { fieldOf, textOf, writtenOf } from '../read-request.ts'
import { randomName } from '../random-name.ts'
import {
  type AuthnetBook,
  type BookedTransaction,
  digits,
  type PaymentProfile,
  profileKey,
  type TransactionStatus,
} from './authnet-book.ts'
import { refused, transactionAnswer, unsuccessful } from './wire.ts'

/** `createTransactionRequest` of a charge or hold, with a customer profile. */
export function takeTransaction(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const profile = book.profiles.get(
    profileKey(
      textOf(asked, 'profile', 'customerProfileId') ?? '',
      textOf(asked, 'profile', 'paymentProfile', 'paymentProfileId') ?? '',
    ),
  )
  if (profile === undefined)
    return refused('E00040', 'Customer Profile ID or Customer Payment Profile ID not found.')
  const amount = writtenOf(asked, 'amount')
  if (amount === null || !/^\d+(\.\d{1,4})?$/.test(amount))
    return unsuccessful('5', 'A valid amount is required.')
  if ((textOf(asked, 'currencyCode') ?? 'USD') !== 'USD')
    return unsuccessful('39', 'The supplied currency code is not supported.')
  if (profile.behaviour === 'loses the request') return { fault: 'hangs up' }
  const parties = `${profile.customerProfileId}:${profile.paymentProfileId}`
  if (isDuplicate(book, asked, parties)) return DUPLICATE
  const transaction = bookTransaction(book, { asked, amount, profile })
  return profile.behaviour === 'loses the answer'
    ? { fault: 'hangs up' }
    : transactionAnswer(transaction)
}

const DUPLICATE = unsuccessful('11', 'A duplicate transaction has been submitted.')
const WINDOW_SECONDS = 120
const WINDOW_SECONDS_MAX = 28_800

/** Type, amount, invoice and parties the same within the window that the request asks for. */
export function isDuplicate(book: AuthnetBook, asked: unknown, parties: string): boolean {
  const settings = fieldOf(asked, 'transactionSettings', 'setting')
  const window = (Array.isArray(settings) ? settings : [])
    .filter((setting) => textOf(setting, 'settingName') === 'duplicateWindow')
    .map((setting) => Number(textOf(setting, 'settingValue')))[0]
  const seconds = Math.min(window ?? WINDOW_SECONDS, WINDOW_SECONDS_MAX)
  const about = JSON.stringify([
    textOf(asked, 'transactionType'),
    writtenOf(asked, 'amount'),
    textOf(asked, 'order', 'invoiceNumber'),
    parties,
  ])
  const now = new Date()
  const found = book.marks.some(
    (mark) => mark.about === about && now.getTime() - mark.at.getTime() < seconds * 1000,
  )
  if (!found) book.marks.push({ about, at: now })
  return found
}

function bookTransaction(
  book: AuthnetBook,
  charge: {
    readonly asked: unknown
    readonly amount: string
    readonly profile: PaymentProfile
  },
): BookedTransaction {
  const { asked, amount, profile } = charge
  const reason = reasonOf(profile, amount)
  const transactionType = textOf(asked, 'transactionType') ?? ''
  const transaction: BookedTransaction = {
    transId: digits(11),
    transactionType,
    status: reason === null ? pendingOf(transactionType) : 'declined',
    responseCode: reason === null ? 1 : 2,
    reasonCode: reason ?? '1',
    authAmount: amount,
    settleAmount: transactionType === 'authCaptureTransaction' ? amount : '0.00',
    invoiceNumber: textOf(asked, 'order', 'invoiceNumber'),
    description: textOf(asked, 'order', 'description'),
    refTransId: null,
    profile,
    networkTransId: reason === null ? randomName(15, 'ABCDEFGHJKLMNP0123456789') : null,
    originalNetworkTransId: textOf(asked, 'subsequentAuthInformation', 'originalNetworkTransId'),
    submittedAt: new Date(),
    batchId: null,
    returned: null,
  }
  book.transactions.set(transaction.transId, transaction)
  return transaction
}

function pendingOf(transactionType: string): TransactionStatus {
  return transactionType === 'authCaptureTransaction'
    ? 'capturedPendingSettlement'
    : 'authorizedPendingCapture'
}

/** Above this a bank debit is declined in the sandbox (developer.authorize.net, "Testing guide"). */
const DEBIT_MAX = 100

function reasonOf(profile: PaymentProfile, amount: string): string | null {
  const code = /^declined (.+)$/.exec(profile.behaviour)?.[1]
  if (code !== undefined) return code
  if (profile.zip === '46282') return '2'
  return profile.kind === 'bankAccount' && Number(amount) > DEBIT_MAX ? '2' : null
}
