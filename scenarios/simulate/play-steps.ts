import type { Chance } from './chance.ts'
import type { Stage } from './stage.ts'
import type { Step } from './steps/about.ts'
import * as edits from './steps/bulk-edits.ts'
import { answerDispute } from './steps/disputes.ts'
import * as outside from './steps/handed-over.ts'
import * as intents from './steps/intents.ts'
import * as invoices from './steps/invoices.ts'
import * as back from './steps/money-back.ts'
import * as operations from './steps/operations.ts'
import * as plans from './steps/plans.ts'
import * as profiles from './steps/profiles.ts'
import * as routing from './steps/routing.ts'
import * as sales from './steps/sales.ts'
import * as subscriptions from './steps/subscriptions.ts'
import { advance, leasesRunOut, workTogether } from './steps/time.ts'

type Weighted = readonly (readonly [weight: number, step: Step])[]

/** What every merchant does. */
const EVERYDAY: Weighted = [
  [12, advance],
  [5, workTogether],
  [4, leasesRunOut],
  [4, subscriptions.signUp],
  [4, subscriptions.subscribe],
  [3, subscriptions.replaceCard],
  [1.5, subscriptions.cancel],
  [0.5, subscriptions.reactivate],
  [1, subscriptions.pause],
  [1, subscriptions.resume],
  [1.5, subscriptions.change],
  [0.5, subscriptions.detach],
  [0.5, subscriptions.deleteCustomer],
  [3, invoices.payInvoice],
]

/** What some do besides, each about one part of the house: a few at a time, so that a seed gets deep into them. */
const THEMES = {
  bills: [
    [1, invoices.payInvoice],
    [2, invoices.voidInvoice],
    [1, invoices.draftInvoice],
    [2, invoices.finalizeInvoice],
    [0.5, invoices.deleteInvoice],
    [2, intents.startIntent],
    [1, intents.confirmIntent],
    [1.5, intents.captureIntent],
    [0.5, intents.cancelIntent],
    [2, operations.salvage],
  ],
  moneyBack: [
    [7, back.refund],
    [2, back.voidPayment],
    [3, back.creditInvoice],
    [0.5, back.voidCredit],
    [2, operations.refundRenewal],
    [2, answerDispute],
    [1, operations.setOnDispute],
  ],
  sales: [
    [4, sales.sell],
    [1.5, sales.voidSale],
    [3, sales.moveTrial],
    [2, back.refund],
    [2, operations.replaceProduct],
  ],
  profiles: [
    [3, profiles.createProfile],
    [2, profiles.changeProfile],
    [3, profiles.followProfile],
    [2, profiles.customizeProfile],
    [0.5, profiles.archiveProfile],
    [2, operations.retryRenewal],
    [2, operations.salvage],
  ],
  operations: [
    [3, operations.renewNow],
    [2, operations.suspend],
    [2, operations.activate],
    [1, operations.cancelForGood],
    [3, operations.editTerms],
    [2, operations.replaceProduct],
    [3, operations.giveDiscount],
    [1, profiles.createProfile],
    [1, operations.retryRenewal],
  ],
  plans: [
    [5, plans.sellPlans],
    [1, plans.setStrategy],
    [2, plans.addPlan],
    [1, plans.removePlan],
    [2, plans.payOnce],
    [2, plans.replaceFirstMethod],
    [2, plans.changePlans],
    [1, plans.cancelPlans],
  ],
  edits: [
    [5, edits.reviewMany],
    [2, edits.confirmReview],
    [2.5, edits.undoEdit],
    [1, edits.stopEdit],
    [1, profiles.createProfile],
    [1, operations.giveDiscount],
  ],
  routing: [
    [4, routing.routeSubscription],
    [1.5, routing.switchGateway],
    [3, routing.orderMethods],
    [1, routing.preferLastSuccess],
    [1, profiles.createProfile],
    [1, operations.retryRenewal],
  ],
} as const satisfies Readonly<Record<string, Weighted>>

const THEMES_A_SEED = 2

/** What another biller does, to whom some merchants lend their gateways. */
const BILLER: Weighted = [
  [5, outside.handOver],
  [1, outside.askStatus],
  [1, outside.callOff],
  [2, outside.giveCard],
]
const HAS_BILLER = 0.2
/** How often it does something before the merchant does. */
const BILLER_ACTS = 0.4

/** How often two steps happen at the same time. */
const RACES = 5

/** Everyday life and some themes, as much of the one as of the others. */
function pickLife(chance: Chance): Weighted {
  const left = Object.entries(THEMES)
  const chosen: Weighted[] = []
  while (chosen.length < THEMES_A_SEED) {
    const [theme] = left.splice(chance.below(left.length), 1)
    if (theme !== undefined) chosen.push(theme[1])
  }
  return [...EVERYDAY, ...chosen.flat()]
}

/** Two steps at the same time, each in a life of its own. */
async function race(stage: Stage, steps: Weighted): Promise<void> {
  const [one, other] = [pickStep(stage, steps), pickStep(stage, steps)]
  stage.log.push('at the same time:')
  const results = await Promise.allSettled(
    [one, other].map((step) => step({ ...stage, isRacing: true })),
  )
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** Workers are several by themselves, and leases that run out while somebody works would be no leases. */
const ALONE: ReadonlySet<Step> = new Set([
  workTogether,
  leasesRunOut,
  subscriptions.signUp,
  subscriptions.subscribe,
])

function pickStep({ chance }: Pick<Stage, 'chance'>, steps: Weighted): Step {
  const total = steps.reduce((sum, [weight]) => sum + weight, 0)
  let left = (chance.below(1_000_000) / 1_000_000) * total
  for (const [weight, step] of steps) {
    left -= weight
    if (left < 0) return step
  }
  return advance
}

const STEPS_MIN = 12
const STEPS_SPREAD = 12

/**
 * Signs somebody up and then does whatever chance says, a few dozen times. Whether there is a biller beside the merchant, and what it
 * does, is up to a chance of its own: merchants without one live as if there were none.
 */
export async function playSteps(stage: Stage, beside: Chance): Promise<void> {
  const biller = { ...stage, chance: beside }
  const hasBiller = beside.happens(HAS_BILLER)
  await subscriptions.signUp(stage)
  const life = pickLife(stage.chance)
  const racers = life.filter(([, step]) => !ALONE.has(step))
  const steps: Weighted = [...life, [RACES, (on) => race(on, racers)]]
  const count = STEPS_MIN + stage.chance.below(STEPS_SPREAD)
  for (let played = 0; played < count; played += 1) {
    if (hasBiller && beside.happens(BILLER_ACTS)) await pickStep(biller, BILLER)(biller)
    await pickStep(stage, steps)(stage)
  }
}
