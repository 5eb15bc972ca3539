const SECRET_KEYS = new Set(
  [
    'password', 'passwordHash', 'secret', 'secretKey', 'clientSecret', 'webhookSecret', 'apiKey', 'token',
    'accessToken', 'refreshToken', 'authorization', 'cookie', 'setCookie', 'xApiKey', 'xRevkeenKey',
    'number', 'cardNumber', 'pan', 'cvc', 'cvv', 'iban', 'accountNumber', 'databaseUrl', 'smtpUrl',
  ].map(normalize),
) // prettier-ignore

const DEPTH_MAX = 4

/** `client_secret`, `Client-Secret` and `clientSecret` are one name. */
function normalize(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase()
}

const isSecretByKey = new Map<string, boolean>()
const KEYS_REMEMBERED_MAX = 2_000

function isSecret(key: string): boolean {
  const known = isSecretByKey.get(key)
  if (known !== undefined) return known
  const answer = SECRET_KEYS.has(normalize(key))
  if (isSecretByKey.size < KEYS_REMEMBERED_MAX) isSecretByKey.set(key, answer)
  return answer
}

/** The fields of a log entry with `***` for every value whose name says that it is a secret. */
export function redactFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, redactField(key, value, 1)]),
  )
}

function redactField(key: string, value: unknown, depth: number): unknown {
  if (isSecret(key) && value !== null && value !== undefined) return '***'
  return redactValue(value, depth)
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  if (depth >= DEPTH_MAX) return '…'
  if (Array.isArray(value)) return value.map((element) => redactValue(element, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, redactField(key, inner, depth + 1)]),
  )
}

const SECRET_IN_TEXT =
  /\b(rk_(?:live|sandbox|test)_|rev_(?:pk_)?|whsec_)\w{6,}|(\b\w+:\/\/[^\s:/@"]+:)[^\s@/"]+(?=@)/g

/** Keys, and passwords in addresses, should they ever end up in a sentence. */
export function redactText(text: string): string {
  return text.replace(SECRET_IN_TEXT, (_all, keyPrefix?: string, beforePassword?: string) => {
    return `${keyPrefix ?? beforePassword ?? ''}***`
  })
}
