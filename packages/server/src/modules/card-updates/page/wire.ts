import { assertNever } from '@perennial/core/fault'
import type { LinkRefusal } from '../links/open-link.ts'
import { type CardOutcome, type CardPageView, type CardRefusal, toWireMoney } from './card-page.ts'

// The page's side of these forms: packages/web/apps/pay/src/page-data.ts.

/** Issuers check it there; elsewhere it is one more field to get wrong. */
const POSTAL_CODES: Readonly<Record<string, 'zip' | 'postcode'>> = {
  US: 'zip',
  CA: 'postcode',
  GB: 'postcode',
}

export function toWirePage(view: CardPageView) {
  const { owed, country, ...shown } = view
  const postalCode = POSTAL_CODES[country ?? ''] ?? 'none'
  return { kind: 'card_form' as const, ...shown, owed: owed.map(toWireMoney), postalCode }
}

/** The same for everybody: it tells nothing about whose link it was. */
export function toWireOver(code: LinkRefusal) {
  return { kind: 'link_over' as const, reason: reasonOf(code) }
}

export function toWireOutcome(outcome: CardOutcome, path: (token: string) => string) {
  switch (outcome.kind) {
    case 'paid':
      return { result: 'paid', paid: outcome.paid.map(toWireMoney), card: outcome.card }
    case 'saved':
      return { result: 'saved', card: outcome.card, notCharged: outcome.notCharged }
    case 'processing':
      return { result: 'processing' }
    case 'authenticate':
      return {
        result: 'authenticate',
        url: outcome.url,
        tries: outcome.tries,
        path: outcome.nextToken === null ? null : path(outcome.nextToken),
      }
    case 'declined': {
      const { problem, tries, isSaved, nextToken } = outcome
      const next = nextToken === null ? null : path(nextToken)
      return { result: 'declined', problem, tries, isSaved, path: next }
    }
    case 'unavailable':
      return { result: 'unavailable', tries: outcome.tries }
    default:
      return assertNever(outcome)
  }
}

/** With the status that a program expects; the page reads the body alone. */
export function toWireRefusal(code: CardRefusal): {
  readonly status: number
  readonly body: object
} {
  if (code === 'card_busy') return { status: 409, body: { result: 'busy' } }
  if (code === 'too_many_tries')
    return { status: 410, body: { result: 'over', reason: 'too_many' } }
  const status = code === 'link_unknown' ? 404 : 410
  return { status, body: { result: 'over', reason: reasonOf(code) } }
}

function reasonOf(code: LinkRefusal): 'unknown' | 'used' | 'expired' {
  switch (code) {
    case 'link_unknown':
      return 'unknown'
    case 'link_used':
      return 'used'
    case 'link_expired':
      return 'expired'
    default:
      return assertNever(code)
  }
}
