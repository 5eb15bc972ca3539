/** The order in which fields must stand: the gateway reads JSON by its XML schema (AnetApiSchema.xsd). */
const TRANSACTION_REQUEST = [
  'transactionType',
  'amount',
  'currencyCode',
  'payment',
  'profile',
  'solution',
  'callId',
  'terminalNumber',
  'authCode',
  'refTransId',
  'splitTenderId',
  'order',
  'lineItems',
  'tax',
  'duty',
  'shipping',
  'taxExempt',
  'poNumber',
  'customer',
  'billTo',
  'shipTo',
  'customerIP',
  'cardholderAuthentication',
  'retail',
  'employeeId',
  'transactionSettings',
  'userFields',
  'surcharge',
  'merchantDescriptor',
  'subMerchant',
  'tip',
  'processingOptions',
  'subsequentAuthInformation',
  'otherTax',
  'shipFrom',
  'authorizationIndicatorType',
]

/** The field that stands where it must not; null when all stand well. */
export function misplacedField(transactionRequest: unknown): string | null {
  if (typeof transactionRequest !== 'object' || transactionRequest === null)
    return 'transactionRequest'
  let last = -1
  for (const name of Object.keys(transactionRequest)) {
    const place = TRANSACTION_REQUEST.indexOf(name)
    if (place <= last) return name
    last = place
  }
  return null
}
