import type { DoubleAnswer, DoubleRequest } from '../json-server.ts'
import { textOf } from '../read-request.ts'
import { randomName } from '../random-name.ts'
import type { Challenge, Payment, PaymentBook } from './payment-book.ts'
import { answerOf, problem } from './payment-answer.ts'

/** Of the vendor's 3-D Secure test cards; here they always ask for the shopper, who is there. The other is sent by a form. */
const CHALLENGED: Readonly<Record<string, Challenge['method']>> = {
  '4917610000000000': 'GET',
  '4212345678901237': 'POST',
}

export function challengeMethodOf(number: string): Challenge['method'] | null {
  return CHALLENGED[number] ?? null
}

/** `RedirectShopper`: the payment has no reference yet, as the API reference says of redirects. */
export function challengeShopper(
  book: PaymentBook,
  of: Pick<Challenge, 'payment' | 'returnUrl' | 'method'> & { readonly baseUrl: string },
): DoubleAnswer {
  const { baseUrl, ...made } = of
  const md = randomName(24)
  book.challenges.set(md, { ...made, md, answer: null, redirectResult: null })
  const url = `${baseUrl}/checkoutshopper/threeDS/redirect`
  const { merchantReference, amount } = made.payment
  const action = { paymentMethodType: 'scheme', type: 'redirect', method: made.method }
  const whither =
    made.method === 'GET'
      ? { url: `${url}?MD=${md}` }
      : { url, data: { MD: md, PaReq: randomName(40), TermUrl: made.returnUrl } }
  const body = { resultCode: 'RedirectShopper', merchantReference, amount }
  return { status: 200, body: { ...body, action: { ...action, ...whither } } }
}

/** The issuer's page: two buttons, which send the shopper back to the merchant with what they bring. */
export function showIssuer(
  book: PaymentBook,
  { method, query, text }: DoubleRequest,
): DoubleAnswer {
  const sent = method === 'POST' ? new URLSearchParams(text) : query
  const challenge = book.challenges.get(sent.get('MD') ?? '')
  if (challenge === undefined) return { status: 404 }
  const answer = sent.get('answer')
  if (answer !== 'passed' && answer !== 'failed') return issuerPage(challenge.md)
  challenge.answer ??= answer
  challenge.redirectResult ??= `X6XtfGC3!Y${randomName(60)}`
  const back = new URL(challenge.returnUrl)
  back.searchParams.set('redirectResult', challenge.redirectResult)
  return { status: 302, headers: { location: back.href } }
}

function issuerPage(md: string): DoubleAnswer {
  const buttons = [
    ['passed', 'Confirm'],
    ['failed', 'Refuse'],
  ].map(([answer, name]) => `<button name="answer" value="${answer}">${name}</button>`)
  const form = `<form><input type="hidden" name="MD" value="${md}">${buttons.join('')}</form>`
  const body = `<!doctype html><html lang="en"><title>Issuer</title><h1>Issuer</h1>${form}</html>`
  return { status: 200, body, headers: { 'content-type': 'text/html; charset=utf-8' } }
}

/** `POST /payments/details`: the payment is made now, or refused as not authenticated. */
export function submitDetails(book: PaymentBook, json: unknown): DoubleAnswer {
  const redirectResult = textOf(json, 'details', 'redirectResult')
  const challenge = [...book.challenges.values()].find(
    (one) => one.redirectResult !== null && one.redirectResult === redirectResult,
  )
  if (challenge === undefined) return problem(422, '14_030', 'Return URL result is invalid.')
  const { payment, answer } = challenge
  const known = book.payments.get(payment.pspReference)
  if (known !== undefined) return answerOf(known)
  const made: Payment =
    answer === 'passed' ? payment : { ...payment, resultCode: 'Refused', captured: 0 }
  book.payments.set(made.pspReference, made)
  return answerOf(made)
}
