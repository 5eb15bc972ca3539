/** Refusals of the payer's bank that came late: a single character of the ARUDD report, or a gateway's word for one. */
const LATE_REFUSAL = /^(.|ARUDD.*|late_failure.*)$/i

/**
 * Whether a Bacs debit was taken back under the Direct Debit Guarantee (DDIC messages), and not by a bank that refuses it.
 * What a gateway does not name is a claim once the debit has settled: banks refuse before that.
 */
export function isIndemnityClaim(returned: {
  readonly code: string
  readonly wasSettled: boolean
}): boolean {
  const code = returned.code.trim()
  return /^DDIC/i.test(code) || (returned.wasSettled && !LATE_REFUSAL.test(code))
}
