import { MS_PER_DAY, type Instant } from '../../time/index.ts'

/** Charges at one gateway in one currency that are refused far more often than usual: taken for an outage of ours. */
export type SuspectedOutage = {
  readonly gateway: string
  /** ISO 4217 code. */
  readonly currency: string
  /** Of the first of its refusals. */
  readonly sinceAt: Instant
  /** When there were enough of them. */
  readonly suspectedAt: Instant
  readonly tried: number
  readonly approved: number
}

/** What lasts longer is how things are, and treated like anything else. */
export const OUTAGE_DAYS_MAX = 30

export function isOutageOver({ sinceAt }: Pick<SuspectedOutage, 'sinceAt'>, at: number): boolean {
  return at - sinceAt >= OUTAGE_DAYS_MAX * MS_PER_DAY
}

/** The one that charges at a gateway fall into then. `currency` absent: of whichever. */
export function findOutage(
  outages: ReadonlyMap<string, SuspectedOutage>,
  charge: { readonly gateway: string; readonly currency?: string | undefined; readonly at: number },
): SuspectedOutage | null {
  for (const outage of outages.values()) {
    const { gateway, currency } = outage
    const isThere = gateway === charge.gateway && currency === (charge.currency ?? currency)
    if (isThere && !isOutageOver(outage, charge.at)) return outage
  }
  return null
}
