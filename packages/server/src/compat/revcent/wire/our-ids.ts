import { decodeId, ID_PREFIX, type IdKind } from '@perennial/core/ids'
import { toCode } from './codes.ts'

const KIND_OF_PREFIX = new Map<string, string>(
  Object.entries(ID_PREFIX).map(([kind, prefix]) => [prefix, kind]),
)
const OUR_ID = /\b[a-z][a-z_]*_[0-7][0-9a-z]{25}\b/g
const WHOLE_ID = /^([a-z][a-z_]*)_[0-7][0-9a-z]{25}$/

/** Fields of `/v2` by what this face calls them. */
const NAMES: Readonly<Record<string, string>> = {
  subscription_profile_id: 'subscription_profile',
  payment_profile_id: 'payment_profile',
  next_renewal_at: 'next_renewal_date',
  amount_minor: 'amount',
  unit_amount_minor: 'price',
  forced_gateway_id: 'forced_gateway',
  preferred_gateway_id: 'preferred_gateway',
  payment_method_id: 'customer_card_id',
}

/** A sentence of `/v2` with the ids and field names of this face. */
export function withoutOurIds(sentence: string): string {
  return sentence
    .replaceAll(OUR_ID, (text) => codeOfOurId(text) ?? text)
    .replaceAll(/\b[a-z]+(?:_[a-z]+)+\b/g, (name) => NAMES[name] ?? name)
}

/** The code of an id as `/v2` writes it, of any kind; null for what is none. */
export function codeOfOurId(text: unknown): string | null {
  const [, prefix = ''] = typeof text === 'string' ? (WHOLE_ID.exec(text) ?? []) : []
  const kind = KIND_OF_PREFIX.get(prefix)
  if (typeof text !== 'string' || !isKind(kind)) return null
  const decoded = decodeId(kind, text)
  return decoded.kind === 'ok' ? toCode(decoded.id) : null
}

function isKind(name: string | undefined): name is IdKind {
  return name !== undefined && name in ID_PREFIX
}
