/**
 * Why cardholders dispute, in Stripe's words (https://docs.stripe.com/api/disputes/object), with Visa's code for it
 * (Visa Core Rules, chapter 11: conditions 10 to 13).
 */
const reasons: ReadonlyMap<string, { readonly networkCode: string; readonly description: string }> =
  new Map([
    ['fraudulent', { networkCode: '10.4', description: 'Other Fraud - Card-Absent Environment' }],
    [
      'product_not_received',
      { networkCode: '13.1', description: 'Merchandise/Services Not Received' },
    ],
    [
      'product_unacceptable',
      { networkCode: '13.3', description: 'Not as Described or Defective Merchandise/Services' },
    ],
    ['duplicate', { networkCode: '12.6', description: 'Duplicate Processing' }],
    [
      'subscription_canceled',
      { networkCode: '13.2', description: 'Cancelled Recurring Transaction' },
    ],
    ['credit_not_processed', { networkCode: '13.6', description: 'Credit Not Processed' }],
    ['unrecognized', { networkCode: '10.4', description: 'Other Fraud - Card-Absent Environment' }],
    ['other', { networkCode: '13.7', description: 'Cancelled Merchandise/Services' }],
  ])

export function isDisputeReason(reason: string): boolean {
  return reasons.has(reason)
}

export function listDisputeReasons(): string[] {
  return [...reasons.keys()]
}

export function networkReasonOf(reason: string): {
  readonly networkCode: string | null
  readonly description: string | null
} {
  return reasons.get(reason) ?? { networkCode: null, description: null }
}
