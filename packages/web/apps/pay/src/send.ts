import { digitsOf } from './card-number.ts'
import { type Fields, readExpiry } from './check-card.ts'
import type { Outcome } from './page-data.ts'

const OFFLINE: Outcome = { result: 'offline' }
const RESULTS: ReadonlySet<unknown> = new Set<Outcome['result']>([
  'paid',
  'saved',
  'processing',
  'authenticate',
  'declined',
  'unavailable',
  'over',
  'busy',
])

/** Gives a card. `path` is the page's own; the number exists in this call's body and nowhere else. */
export function sendCard(path: string, fields: Fields, tries: number): Promise<Outcome> {
  const expiry = readExpiry(fields.expiry)
  const card = {
    number: digitsOf(fields.number),
    exp_month: expiry?.month,
    exp_year: expiry?.year,
    cvc: digitsOf(fields.code),
    name: fields.name.trim(),
  }
  const postal = fields.postalCode.trim()
  return send(`${path}/card`, { card, tries, ...(postal === '' ? {} : { postal_code: postal }) })
}

/** Asks what became of a card whose owner was sent to their bank, or whose bank has not answered. */
export function askAgain(path: string): Promise<Outcome> {
  return send(`${path}/continue`, {})
}

async function send(url: string, body: object): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      // Longer than a gateway may take, so that an answer is not given up while it is on its way.
      signal: AbortSignal.timeout(60_000),
    })
    const outcome: unknown = await response.json()
    return isOutcome(outcome) ? outcome : OFFLINE
  } catch {
    return OFFLINE
  }
}

/** The service answers in these forms; anything else is a proxy's or an outage's. */
function isOutcome(answer: unknown): answer is Outcome {
  return typeof answer === 'object' && answer !== null && 'result' in answer && RESULTS.has(answer.result) // prettier-ignore
}
