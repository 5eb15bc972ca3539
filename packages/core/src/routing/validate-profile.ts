import { assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import {
  validateAmount,
  validateDeclines,
  validateEntries,
  type KnownSources,
  type ProfileProblem,
  type Tell,
} from './check-entries.ts'
import type { ProfileDefinition, ProfileStep } from './profile.ts'
import { validateFlow } from './validate-flow.ts'

const STEPS_MAX = 3

/** Everything that is wrong with a definition, or nothing. Only what was found valid is ever routed with. */
export function validateProfile(
  definition: ProfileDefinition,
  known: KnownSources,
): ProfileProblem[] {
  const problems: ProfileProblem[] = []
  const tell: Tell = (path, code, message) => problems.push({ path, code, message })
  switch (definition.kind) {
    case 'basic':
      validateSteps(definition, known, tell)
      break
    case 'cascade':
      validateEntries(definition.entries, { path: 'entries', known }, tell)
      break
    case 'flow':
      validateFlow(definition.nodes, known, tell)
      break
    default:
      assertNever(definition)
  }
  return problems
}

/** The products that a definition asks for. */
export function listNamedProducts(definition: ProfileDefinition): Uuid[] {
  if (definition.kind !== 'flow') return []
  return definition.nodes.flatMap((node) => (node.type === 'filter_product' ? node.productIds : []))
}

function validateSteps(
  definition: Extract<ProfileDefinition, { kind: 'basic' }>,
  known: KnownSources,
  tell: Tell,
): void {
  const { steps } = definition
  if (steps.length < 1 || steps.length > STEPS_MAX)
    tell('steps', 'count', `A basic profile has one to ${STEPS_MAX} steps, not ${steps.length}.`)
  for (const [index, step] of steps.entries()) validateStep(step, { index, known }, tell)
  if (definition.prefersLastSuccess === true && steps[0]?.source !== 'cascade') {
    const message =
      'The gateway of the last success can only be preferred where step 1 is a cascade: make it one, or turn the setting off.'
    tell('prefersLastSuccess', 'needs_cascade', message)
  }
}

function validateStep(
  step: ProfileStep,
  { index, known }: { readonly index: number; readonly known: KnownSources },
  tell: Tell,
): void {
  const path = `steps[${index}]`
  validateEntries(step.entries, { path: `${path}.entries`, known }, tell)
  const [first] = step.entries
  const isOneGateway = step.entries.length === 1 && first?.kind === 'gateway'
  if (step.source === 'gateway' && !isOneGateway)
    tell(
      `${path}.entries`,
      'count',
      'A step whose source is a gateway names exactly one gateway. Several, or a group, make a cascade.',
    )
  if (index === 0) {
    if (step.amount !== undefined && step.amount.kind !== 'full')
      tell(
        `${path}.amount`,
        'amount',
        'Step 1 asks for the full amount; later steps may ask for less.',
      )
    if (step.enterOnDeclines !== undefined)
      tell(
        `${path}.enterOnDeclines`,
        'range',
        'Step 1 follows no decline; leave its condition out.',
      )
  } else if (step.enterOnDeclines?.length === 0) {
    tell(
      `${path}.enterOnDeclines`,
      'count',
      'Name the declines, or leave it out to enter after any.',
    )
  }
  validateDeclines(step.enterOnDeclines ?? [], `${path}.enterOnDeclines`, tell)
  if (step.amount !== undefined) validateAmount(step.amount, `${path}.amount`, tell)
}
