import type { Decline } from '../judging/decline-codes.ts'

/**
 * What a token's charges do. Named tokens never meet the world's chance; `world` cards always do.
 */
export type Behaviour =
  | { readonly kind: 'approve' }
  | { readonly kind: 'decline'; readonly decline: Decline }
  | { readonly kind: 'decline_after'; readonly approvals: number; readonly decline: Decline }
  | { readonly kind: 'decline_until'; readonly untilLocal: number; readonly decline: Decline }
  | { readonly kind: 'timeout'; readonly charged: boolean }
  | { readonly kind: 'authenticate' }
  | { readonly kind: 'world'; readonly number: number | null }
  | { readonly kind: 'world_issuer'; readonly issuerId: string; readonly text: string }
  | { readonly kind: 'bank'; readonly returnCode: string | null }

/** The card, or bank account, as it stands in a gateway's vault. */
export interface Instrument {
  readonly type: 'card' | 'us_bank_account'
  readonly brand: string | null
  readonly network: string | null
  readonly bin: string | null
  readonly last4: string
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly funding: 'credit' | 'debit' | 'prepaid' | null
  readonly country: string
}
