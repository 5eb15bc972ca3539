import type { GivenCard } from './card-page.ts'

const TEXT_MAX = 100

/**
 * A card as the page sends it; null for what the page never sends. What its owner mistyped is the gateway's to refuse: here
 * only the form is read.
 */
export function readCard(body: unknown): GivenCard | null {
  const card = member(body, 'card')
  const number = digits(member(card, 'number'), { least: 12, most: 19 })
  const securityCode = digits(member(card, 'cvc'), { least: 3, most: 4 })
  const expMonth = whole(member(card, 'exp_month'), { least: 1, most: 12 })
  const expYear = whole(member(card, 'exp_year'), { least: 2000, most: 2199 })
  const holderName = text(member(card, 'name'))
  const tries = whole(member(body, 'tries'), { least: 0, most: 100 })
  const hasAll = number !== null && securityCode !== null && holderName !== null
  if (!hasAll || expMonth === null || expYear === null || tries === null) return null
  const raw = { number, expMonth, expYear, securityCode, holderName }
  return { card: raw, postalCode: text(member(body, 'postal_code')), tries }
}

type Bounds = { readonly least: number; readonly most: number }

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function digits(value: unknown, { least, most }: Bounds): string | null {
  const fits = typeof value === 'string' && /^\d+$/.test(value)
  return fits && value.length >= least && value.length <= most ? value : null
}

function whole(value: unknown, { least, most }: Bounds): number | null {
  const fits = typeof value === 'number' && Number.isInteger(value)
  return fits && value >= least && value <= most ? value : null
}

function text(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const trimmed = value.trim()
  const fits = trimmed !== '' && trimmed.length <= TEXT_MAX && !trimmed.includes('\0')
  return fits ? trimmed : null
}
