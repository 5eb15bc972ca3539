/**
 * What the issuer said of the address and of the security code, as the one letter that the card networks have for it. Null:
 * nothing was said. Address: Y all of it matches, A the street, Z the postal code, B and P the one while the other could not
 * be compared, N neither, U not known, S not supported, R ask again; other letters are for addresses abroad. Security code:
 * M matches, N does not, P not looked at, S should be there, U the issuer cannot.
 */
export type CardChecks = {
  readonly avs: string | null
  readonly cvv: string | null
}

/** How one part compared, at a gateway that tells each part by itself. */
export type CheckMark = 'match' | 'no_match' | 'unknown'

/** To spread into an outcome; nothing where nothing was said. */
export function withChecks(told: CardChecks): { readonly cardChecks?: CardChecks } {
  const checks = { avs: letterOf(told.avs), cvv: letterOf(told.cvv) }
  return checks.avs === null && checks.cvv === null ? {} : { cardChecks: checks }
}

function letterOf(code: string | null): string | null {
  const letter = (code ?? '').trim().toUpperCase()
  return /^[A-Z0-9]$/.test(letter) ? letter : null
}

const AVS_LETTERS: Readonly<Record<CheckMark, Readonly<Record<CheckMark, string>>>> = {
  match: { match: 'Y', no_match: 'A', unknown: 'B' },
  no_match: { match: 'Z', no_match: 'N', unknown: 'N' },
  unknown: { match: 'P', no_match: 'N', unknown: 'U' },
}

/** The networks' letter for what the two parts of an address compared to. */
export function avsLetter(parts: {
  readonly street: CheckMark
  readonly postalCode: CheckMark
}): string {
  return AVS_LETTERS[parts.street][parts.postalCode]
}
