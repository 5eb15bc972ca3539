/** Where a bench shows itself. */
export type Screen = {
  /** How far it is, on standard error: what it is at, in a few words. */
  readonly tell: (detail: string) => void
  /** A line of what it found, on standard output. */
  readonly print: (line: string) => void
}
