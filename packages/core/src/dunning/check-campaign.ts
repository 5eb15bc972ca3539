import { wantedAccess, isLess, type AccessLevel, type CampaignStep } from './campaign.ts'

export type CampaignProblem = {
  /** Where, in the words of the campaign: `steps[2].day`. */
  readonly path: string
  readonly message: string
}

const STEPS_MAX = 60
/** Visa allows 15 tries in 30 days, and the first charge is one of them (core/recovery/guard). */
const RETRIES_MAX = 14

/** Everything that is wrong with the steps of a campaign, or nothing. */
export function checkCampaign(steps: readonly CampaignStep[]): CampaignProblem[] {
  const problems: CampaignProblem[] = []
  if (steps.length === 0 || steps.length > STEPS_MAX) {
    problems.push({ path: 'steps', message: `A campaign has 1 to ${STEPS_MAX} steps.` })
  }
  if (steps.filter(({ action }) => action === 'retry').length > RETRIES_MAX) {
    const message = `Card networks allow no more than ${RETRIES_MAX} retries. Take some out.`
    problems.push({ path: 'steps', message })
  }
  const seen: Seen = { day: 0, retryDay: null, mailDay: null, access: 'full', end: null }
  for (const [index, step] of steps.entries()) {
    const found = problemOf(step, seen)
    if (found !== null) {
      const { field, message } = found
      problems.push({ path: `steps[${index}].${field}`, message })
    }
    note(seen, step)
  }
  return problems
}

/** What the steps above have done. */
type Seen = {
  day: number
  retryDay: number | null
  mailDay: number | null
  access: AccessLevel
  end: 'pause' | 'unpaid' | 'cancel' | null
}

type Found = { readonly field: 'day' | 'action' | 'access'; readonly message: string }

function problemOf(step: CampaignStep, seen: Seen): Found | null {
  if (step.day < seen.day) {
    const message = `Steps stand in the order of their days: this one comes after day ${seen.day}.`
    return { field: 'day', message }
  }
  return problemOfOrder(step, seen) ?? problemOfAction(step, seen)
}

/** What may still follow a pause, an unpaid or a cancel. */
function problemOfOrder(step: CampaignStep, { end, day }: Seen): Found | null {
  if (end === null) return null
  if (end === 'cancel') {
    if (step.action === 'email' && step.day === day) return null
    return { field: 'action', message: 'Only a mail of the same day may follow a cancel.' }
  }
  if (step.action === 'email' || step.action === 'cancel') return null
  if (end === 'pause' && step.action === 'restrict') return null
  const allowed = end === 'pause' ? 'email, restrict and cancel' : 'email and cancel'
  return { field: 'action', message: `After ${end} only ${allowed} may follow.` }
}

function problemOfAction(step: CampaignStep, seen: Seen): Found | null {
  switch (step.action) {
    case 'retry':
      if (step.day === 0)
        return { field: 'day', message: 'Day 0 is the failed charge itself: retry from day 1 on.' }
      if (step.day === seen.retryDay)
        return { field: 'day', message: `Day ${step.day} has a retry already.` }
      return null
    case 'email':
      if (step.day === seen.mailDay)
        return { field: 'day', message: `Day ${step.day} has a mail already: one mail a day.` }
      return null
    case 'warn':
    case 'restrict': {
      const wanted = wantedAccess(step)
      if (wanted !== null && isLess(wanted, seen.access)) return null
      const field = step.action === 'warn' ? 'action' : 'access'
      return { field, message: `Access is ${seen.access} by then: a step can only take more away.` }
    }
    case 'pause':
    case 'cancel':
    case 'unpaid':
      if (step.day > 0) return null
      return { field: 'day', message: `Leave at least a day before a ${step.action} step.` }
  }
}

function note(seen: Seen, step: CampaignStep): void {
  seen.day = Math.max(seen.day, step.day)
  switch (step.action) {
    case 'retry':
      seen.retryDay = step.day
      return
    case 'email':
      seen.mailDay = step.day
      return
    case 'warn':
    case 'restrict': {
      const wanted = wantedAccess(step)
      if (wanted !== null && isLess(wanted, seen.access)) seen.access = wanted
      return
    }
    case 'pause':
    case 'cancel':
    case 'unpaid':
      seen.end = step.action
  }
}
