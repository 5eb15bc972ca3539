// Card numbers that the vendor documents for its sandbox ("Test cards"), by what they are answered.

export type TestCard = {
  readonly number: string
  readonly scheme: 'Visa' | 'Mastercard' | 'American Express'
  readonly country: string
  readonly responseCode: string
  readonly summary: string
}

const VISA = { scheme: 'Visa', country: 'GB' } as const

const DOCUMENTED: readonly TestCard[] = [
  { ...VISA, number: '4242424242424242', responseCode: '10000', summary: 'Approved' },
  { ...VISA, number: '4543474002249996', responseCode: '10000', summary: 'Approved' },
  {
    number: '5436031030606378',
    scheme: 'Mastercard',
    country: 'FR',
    responseCode: '10000',
    summary: 'Approved',
  },
  {
    number: '345678901234564',
    scheme: 'American Express',
    country: 'US',
    responseCode: '10000',
    summary: 'Approved',
  },
  { ...VISA, number: '4734868958733862', responseCode: '200N7', summary: 'Decline CVV2 failure' },
  { ...VISA, number: '4567361325981788', responseCode: '200R3', summary: 'Stop all payments' },
  { ...VISA, number: '4111111111111129', responseCode: '20001', summary: 'Refer to card issuer' },
  { ...VISA, number: '4024007103573027', responseCode: '20012', summary: 'Invalid transaction' },
  { ...VISA, number: '4485381577182090', responseCode: '20014', summary: 'Invalid card number' },
  { ...VISA, number: '4544249167673670', responseCode: '20051', summary: 'Insufficient funds' },
  { ...VISA, number: '4724117215951699', responseCode: '20054', summary: 'Expired card' },
  { ...VISA, number: '4151512736305999', responseCode: '20057', summary: 'Not permitted' },
  { ...VISA, number: '4897453568485113', responseCode: '20059', summary: 'Suspected fraud' },
  {
    ...VISA,
    number: '4556294593757189',
    responseCode: '20061',
    summary: 'Activity limit exceeded',
  },
  { ...VISA, number: '4818924250131070', responseCode: '20062', summary: 'Restricted card' },
  { ...VISA, number: '4556253752712245', responseCode: '20063', summary: 'Security violation' },
  { ...VISA, number: '4095254802642505', responseCode: '20068', summary: 'Response too late' },
  { ...VISA, number: '4532819413487978', responseCode: '20078', summary: 'Blocked, first use' },
]

/** Not among the vendor's: the issuer wants to see the customer, as response code 20154 says. */
export const CHALLENGED_NUMBER = '4000000000003220'

const CHALLENGED: TestCard = {
  ...VISA,
  number: CHALLENGED_NUMBER,
  responseCode: '20154',
  summary: '3DS authentication required',
}

export function findTestCard(number: string): TestCard | null {
  if (number === CHALLENGED_NUMBER) return CHALLENGED
  return DOCUMENTED.find((card) => card.number === number) ?? null
}

export function listTestCards(): readonly TestCard[] {
  return [...DOCUMENTED, CHALLENGED]
}
