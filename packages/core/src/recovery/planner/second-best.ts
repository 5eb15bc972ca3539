import { MS_PER_DAY } from '../../time/index.ts'
import type { RetryOption, RetryPlan } from './plan-retry.ts'
import type { RetryQuestion } from './retry-question.ts'
import { DAY_COSTS, worthOf } from './worth.ts'

/** What the reason about a runner-up begins with. */
export const SECOND_BEST = 'second best: '

/** Below so much of the bill two options are worth the same. */
const ALIKE = 0.0005

/** What the runner-up of a plan is worth, and what the chosen option has before it: in words. */
export function whyLost(
  plan: Extract<RetryPlan, { kind: 'attempt' }>,
  question: RetryQuestion,
): string {
  const { chosen, runnerUp } = plan
  if (runnerUp === null) return ''
  const worth = `worth ${percent(runnerUp.value)} of the bill against ${percent(chosen.value)}`
  if (plan.isExploring) return `${worth}, left this once to learn about ${chosen.gateway}`
  const ahead = chosen.value - runnerUp.value
  if (Math.abs(ahead) < ALIKE) return `${worth}, no more than the first of them`
  if (ahead < 0) return `${worth}, which is too little to leave the instant that the merchant names`
  return `${worth}: ${weightiest(chosen, runnerUp, question)}`
}

/** The part of the worth that the runner-up loses most by. */
function weightiest(
  chosen: RetryOption,
  runnerUp: RetryOption,
  { now }: Pick<RetryQuestion, 'now'>,
): string {
  const waited = ({ at, chance }: RetryOption) => (DAY_COSTS * chance * (at - now)) / MS_PER_DAY
  const later = (option: RetryOption) => option.value - worthOf(option, now)
  const [first] = [
    { by: chosen.chance - runnerUp.chance, why: 'its chance is smaller' },
    { by: waited(runnerUp) - waited(chosen), why: 'it comes later' },
    { by: runnerUp.fee - chosen.fee, why: 'its fees are higher' },
    { by: later(chosen) - later(runnerUp), why: 'less may follow should it fail' },
  ].toSorted((one, other) => other.by - one.by)
  return first?.why ?? ''
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`
}
