import { createHmac } from 'node:crypto'

/** Over the address as it is configured and the bytes as they are sent (spec/revolv3.md 12.4). */
export function signatureOf(
  key: string,
  sent: { readonly url: string; readonly body: string },
): string {
  return createHmac('sha256', key).update(`${sent.url}$${sent.body}`).digest('base64')
}

/** What a receiver gets: the message as text, and what tells a repetition from another message. */
export function envelopeOf(message: object, entropy: string): string {
  return JSON.stringify({ Body: JSON.stringify(toPascal(message)), Entropy: entropy })
}

/** Names of members begin with a capital here. */
function toPascal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPascal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      toPascal(each),
    ]),
  )
}
