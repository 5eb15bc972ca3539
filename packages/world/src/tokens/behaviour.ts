import type { Decline } from '../judging/decline-codes.ts'

export type BankScheme = 'ach' | 'sepa' | 'bacs'

export type DisputeKind = 'chargeback' | 'inquiry' | 'early_warning'

/** How refunds of a card end that is named after them. */
export type RefundEnding = 'pending' | 'fail' | 'fail_later' | 'timeout'

/**
 * Mastercard's advice that comes with an approval: a prepaid card that cannot be loaded again, a virtual number for a
 * single use, and one for several.
 */
export const approvalAdvice = ['40', '41', '43'] as const
export type ApprovalAdvice = (typeof approvalAdvice)[number]

/**
 * What a token's charges do. Named tokens never meet the world's chance; `world` cards always do.
 */
export type Behaviour =
  | { readonly kind: 'approve'; readonly adviceCode?: ApprovalAdvice }
  | { readonly kind: 'decline'; readonly decline: Decline }
  | {
      readonly kind: 'decline_after'
      readonly approvals: number
      readonly decline: Decline
      readonly adviceCode?: ApprovalAdvice
    }
  | { readonly kind: 'decline_until'; readonly untilLocal: number; readonly decline: Decline }
  | { readonly kind: 'timeout'; readonly charged: boolean }
  /** An answer that is none; the charge may have gone through. */
  | { readonly kind: 'nonsense'; readonly charged: boolean }
  | { readonly kind: 'slow'; readonly waitMs: number }
  | { readonly kind: 'authenticate' }
  | { readonly kind: 'world'; readonly number: number | null }
  | { readonly kind: 'world_issuer'; readonly issuerId: string; readonly text: string }
  | {
      readonly kind: 'bank'
      readonly scheme: BankScheme
      readonly returned: Decline | null
      /** Days after settlement at which the bank takes the money back; null returns it instead of settling. */
      readonly returnedAfterDays: number | null
      /** From that local month on the payer's bank knows no mandate, and returns every debit. */
      readonly canceledFromLocal: number | null
    }
  /** Approved, and disputed later. */
  | { readonly kind: 'dispute'; readonly disputeKind: DisputeKind; readonly reason: string }
  | { readonly kind: 'refund'; readonly ending: RefundEnding }
  /** From that local month on an account updater has news: another card, none, or that the holder should be asked. */
  | {
      readonly kind: 'update'
      readonly change: 'updated' | 'closed' | 'contact_cardholder'
      readonly fromLocal: number
      readonly successor: Instrument | null
    }

/** The card, or bank account, as it stands in a gateway's vault. */
export interface Instrument {
  readonly type: 'card' | 'us_bank_account' | 'bank_account' | 'bacs_direct_debit'
  readonly brand: string | null
  readonly network: string | null
  readonly bin: string | null
  readonly last4: string
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly funding: 'credit' | 'debit' | 'prepaid' | null
  readonly country: string
}
