import { type DatedRow, nameSources, SINCE_EVER, type Source } from '../../declines/index.ts'
import { maxInstant, type Instant } from '../../time/index.ts'

/** What an answer of the guard stands on. It is kept with a decision: the rules of a later day do not explain it. */
export type RuleBasis = {
  /** From when on the rule holds; null = nobody has published since when. */
  readonly since: Instant | null
  /** For people: what the rule is, and where to read it up. */
  readonly source: string
}

type Rule = Pick<DatedRow, 'from'> & { readonly source: string }

/** What the tables know of one code. */
type CodeRow = Partial<Pick<DatedRow, 'from'>> & { readonly sources: readonly Source[] }

export function basisOf({ from, source }: Rule): RuleBasis {
  return { since: from === SINCE_EVER ? null : from, source }
}

/** Of what a code says by itself, without a rule beside it. */
export function basisOfCode({ from = SINCE_EVER, sources }: CodeRow): RuleBasis {
  return basisOf({ from, source: nameSources(sources) })
}

/** Of a rule about what codes mean. `code`: the one that was met. */
export function basisBy(
  rule: Rule,
  code: string,
  { from = SINCE_EVER, sources }: CodeRow,
): RuleBasis {
  const source = `${rule.source}; ${code}: ${nameSources(sources)}`
  return basisOf({ from: maxInstant(rule.from, from), source })
}
