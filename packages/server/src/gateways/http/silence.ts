/** What a call failed of, for whoever reads why an outcome is unknown. */
export function causeOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'no answer'
}
