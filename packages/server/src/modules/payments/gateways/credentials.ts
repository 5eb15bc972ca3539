import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { CredentialField } from '@perennial/core/payments'
import { type Decision, accepted, refused } from '../../../platform/command/index.ts'
import { type KeyRing, seal, unseal } from '../../../platform/crypto/index.ts'

/** Who has credentials: a gateway vendor, or another outside system that we connect. */
type Credentialed = { readonly name: string; readonly fields: readonly CredentialField[] }

/** By the ids of the vendor's fields. They are in memory while a gateway is connected or changed, and sealed otherwise. */
export type GatewayCredentials = Readonly<Record<string, string>>

const VALUE_LENGTH_MAX = 4_000

/** Every required field is there, and none that the vendor does not know. Refuses with the field's name. */
export function readCredentials(
  vendor: Credentialed,
  given: Readonly<Record<string, unknown>>,
): Decision<GatewayCredentials, 'credentials_invalid'> {
  const known = vendor.fields.map(({ id }) => id)
  const stranger = Object.keys(given).find((id) => !known.includes(id))
  if (stranger !== undefined) {
    const message = `${vendor.name} has no credential of this name; it has ${known.join(', ')}.`
    return refused('credentials_invalid', { param: `credentials.${stranger}`, message })
  }
  const read: [string, string][] = []
  for (const field of vendor.fields) {
    const value = given[field.id]
    const isGiven = value !== undefined && value !== null && value !== ''
    if (!isGiven && !field.isRequired) continue
    const isUsable = typeof value === 'string' && value !== '' && value.length <= VALUE_LENGTH_MAX
    if (!isUsable) return refusedField(field)
    read.push([field.id, value.trim()])
  }
  return accepted(Object.fromEntries(read))
}

function refusedField({ id, label, hint }: CredentialField) {
  const message = `${label} is needed, as text. ${hint}`
  return refused('credentials_invalid', { param: `credentials.${id}`, message })
}

const MASK = '••••'
/** A secret this short would be told by its end. */
const SHOWN_FROM_LENGTH = 12
const SHOWN_LENGTH = 4

/** What may be shown: of a secret the last four characters, of the rest everything. */
export function maskCredentials(
  vendor: Credentialed,
  credentials: GatewayCredentials,
): Readonly<Record<string, string>> {
  const shown = vendor.fields.flatMap(({ id, isSecret }) => {
    const value = credentials[id]
    if (value === undefined) return []
    const end = value.length < SHOWN_FROM_LENGTH ? '' : value.slice(-SHOWN_LENGTH)
    return [[id, isSecret ? `${MASK}${end}` : value] as const]
  })
  return Object.fromEntries(shown)
}

export function sealCredentials(
  keyRing: KeyRing,
  of: { readonly boundTo: Uuid; readonly credentials: GatewayCredentials },
): string {
  return seal(keyRing, { text: JSON.stringify(of.credentials), boundTo: of.boundTo })
}

/** Faults when the key is gone from `SECRET_KEY`, or the text was not sealed for this place. */
export function openCredentials(
  keyRing: KeyRing,
  of: { readonly boundTo: Uuid; readonly sealed: string },
): GatewayCredentials {
  const text = unseal(keyRing, { text: of.sealed, boundTo: of.boundTo })
  const credentials: unknown = JSON.parse(text)
  assert(isCredentials(credentials), 'sealed credentials are texts by name')
  return credentials
}

function isCredentials(value: unknown): value is GatewayCredentials {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((member) => typeof member === 'string')
  )
}
