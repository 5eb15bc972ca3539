import { createHash } from 'node:crypto'
import type { Uuid } from '@perennial/core/ids'

/** Invoice numbers and reference ids have 20 characters at most, so a key of ours goes in as a digest. */
export function invoiceNumberOf(key: Uuid): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 20)
}

const DESCRIPTION_MAX = 255

/** The key whole, where the gateway gives it back, and why money goes back. */
export function descriptionOf(key: Uuid, reason: string | null): string {
  return (reason === null ? key : `${key} ${reason}`).slice(0, DESCRIPTION_MAX)
}
