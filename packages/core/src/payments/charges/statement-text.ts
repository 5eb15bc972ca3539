/** What the customer reads on the statement of a card or an account. */
export type StatementText = {
  /** Instead of the merchant's own name there. */
  readonly descriptor: string | null
  /** Behind it: what was bought. */
  readonly suffix: string | null
  /** Where the networks want a place to be told. */
  readonly city: string | null
}

/**
 * As a gateway takes it: letters that it does not know are left out, the rest is cut. Null: nothing is left that says
 * anything.
 */
export function statementLine(
  text: string | null,
  rule: { readonly banned: RegExp; readonly lengthMax: number },
): string | null {
  const clean = (text ?? '').replaceAll(rule.banned, '').replaceAll(/\s+/g, ' ').trim()
  const line = clean.slice(0, rule.lengthMax).trim()
  return /[A-Za-z]/.test(line) ? line : null
}
