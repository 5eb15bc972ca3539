/** Why a charge was refused. `code` is one of the codes of decline-codes.ts, where the gateway's word is known. */
export type Decline = {
  readonly code: string
  readonly isoCode: string | null
  readonly adviceCode: string | null
  readonly message: string | null
}
