import { violatedConstraint } from '../db/index.ts'
import { refused, type Refused } from './decision.ts'

/** What `work` comes to; where the database holds this constraint against it, the refusal that says so. */
export async function unlessViolated<Answer, Code extends string>(
  { constraint, code }: { readonly constraint: string; readonly code: Code },
  work: () => Promise<Answer>,
): Promise<Answer | Refused<Code>> {
  try {
    return await work()
  } catch (error) {
    if (violatedConstraint(error) === constraint) return refused(code)
    throw error
  }
}
