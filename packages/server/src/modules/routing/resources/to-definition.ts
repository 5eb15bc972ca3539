import type { FlowNode, ProfileDefinition, ProfileProblem } from '@perennial/core/routing'
import type { Static } from 'typebox'
import { toSnakeCase } from '../json-forms.ts'
import { toCoreNames, type CoreNames } from './core-names.ts'
import type { DefinitionBody } from './definition-schemas.ts'

type Body = CoreNames<Static<typeof DefinitionBody>>
type Problem = Pick<ProfileProblem, 'path' | 'message'>
type Members = Readonly<Record<string, unknown>>

/** Which members a node of each type has: those it must have, and those it may. */
const MEMBERS: Readonly<
  Record<
    FlowNode['type'],
    {
      readonly must: readonly string[]
      readonly may?: readonly string[]
      readonly out: readonly string[]
    }
  >
> = {
  start_payment_request: { must: [], out: ['next'] },
  filter_request_type: { must: ['requestTypes'], out: ['passed', 'failed'] },
  filter_campaign: { must: ['campaigns'], out: ['passed', 'failed'] },
  filter_currency: { must: ['currencies'], out: ['passed', 'failed'] },
  filter_amount: { must: [], may: ['minAmountMinor', 'maxAmountMinor'], out: ['passed', 'failed'] },
  filter_product: { must: ['productIds'], out: ['passed', 'failed'] },
  filter_customer_group: { must: ['customerGroups'], out: ['passed', 'failed'] },
  filter_metadata: { must: ['key', 'operator'], may: ['value'], out: ['passed', 'failed'] },
  filter_gateway_response: { must: ['declineCodes'], out: ['passed', 'failed'] },
  filter_attempt_count: { must: ['operator', 'count'], out: ['passed', 'failed'] },
  action_choose_gateway: {
    must: ['entries', 'pick'],
    may: ['preferIfAny', 'doNotChooseIfAny', 'excludeGroupIds', 'failsafe', 'smartBin'],
    out: ['next'],
  },
  action_process_payment: { must: [], out: ['approved', 'declined', 'error'] },
  action_change_amount: { must: ['amount'], out: ['next'] },
  action_insert_metadata: { must: ['key', 'value'], out: ['next'] },
  action_call_function: { must: ['functionName'], out: ['next'] },
  action_return_error: { must: ['message'], out: [] },
  action_abort: { must: [], out: [] },
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  filter_metadata: ['equals', 'not_equals', 'contains', 'exists'],
  filter_attempt_count: ['at_least', 'at_most'],
}

/** A definition of the core, or what its form lacks. Whether what it names exists is asked afterwards. */
export function toDefinition(
  request: Static<typeof DefinitionBody>,
):
  | { readonly kind: 'definition'; readonly definition: ProfileDefinition }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const definition = readDefinition(toCoreNames(request), problems)
  if (problems.length > 0) return { kind: 'problems', problems }
  // Every member that its kind needs was found, with the type that the schema checked.
  return { kind: 'definition', definition: definition as ProfileDefinition }
}

/** What a definition of each kind has, beside its kind. */
const DEFINITION_MEMBERS: Readonly<Record<Body['kind'], readonly string[]>> = {
  basic: ['steps', 'prefersLastSuccess'],
  cascade: ['entries', 'methods'],
  flow: ['nodes'],
}

function readDefinition(body: Body, problems: Problem[]): unknown {
  const members = ['kind', ...DEFINITION_MEMBERS[body.kind]]
  checkStrangers(body, { members, path: '', what: `A profile of kind ${body.kind}` }, problems)
  switch (body.kind) {
    case 'basic': {
      const steps = body.steps ?? []
      if (body.steps === undefined) problems.push(missing('steps', 'A basic profile'))
      for (const [index, step] of steps.entries()) {
        checkEntries(step.entries, `steps[${index}].entries`, problems)
        checkAmount(step.amount, `steps[${index}].amount`, problems)
      }
      return picked(body, members)
    }
    case 'cascade':
      if (body.entries === undefined) problems.push(missing('entries', 'A cascade'))
      checkEntries(body.entries ?? [], 'entries', problems)
      return picked(body, members)
    case 'flow':
      if (body.nodes === undefined) problems.push(missing('nodes', 'A flow'))
      return {
        kind: 'flow',
        nodes: (body.nodes ?? []).map((node, index) => readNode(node, index, problems)),
      }
  }
}

function missing(path: string, what: string): Problem {
  const name = path.split('.').at(-1)
  return { path, message: `${what} needs ${toSnakeCase(name ?? path)}.` }
}

function readNode(
  node: NonNullable<Body['nodes']>[number],
  index: number,
  problems: Problem[],
): Members {
  const { must, may = [], out } = MEMBERS[node.type]
  const path = `nodes[${index}]`
  const members: Members = node
  const own = ['id', 'type', ...must, ...may]
  const what = `A node of type ${node.type}`
  for (const name of must)
    if (members[name] === undefined) problems.push(missing(`${path}.${name}`, what))
  checkStrangers(members, { members: [...own, 'outputs'], path: `${path}.`, what }, problems)
  checkEntries(node.entries ?? [], `${path}.entries`, problems)
  checkEntries(node.failsafe ?? [], `${path}.failsafe`, problems)
  checkAmount(node.amount, `${path}.amount`, problems)
  const operators = OPERATORS[node.type]
  if (operators !== undefined && node.operator !== undefined && !operators.includes(node.operator))
    problems.push({
      path: `${path}.operator`,
      message: `The operator of ${node.type} is one of ${operators.join(', ')}.`,
    })
  for (const output of Object.keys(node.outputs))
    if (!out.includes(output))
      problems.push({
        path: `${path}.outputs.${output}`,
        message:
          out.length === 0
            ? `A node of type ${node.type} has no output.`
            : `A node of type ${node.type} has the outputs ${out.join(', ')}.`,
      })
  return { ...picked(members, own), outputs: picked(node.outputs, out) }
}

function checkEntries(
  entries: NonNullable<Body['entries']>,
  path: string,
  problems: Problem[],
): void {
  for (const [index, entry] of entries.entries()) {
    const name = entry.kind === 'gateway' ? 'gatewayId' : 'groupId'
    const place = `${path}[${index}].`
    const what = `An entry of kind ${entry.kind}`
    if (entry[name] === undefined) problems.push(missing(`${place}${name}`, what))
    checkStrangers(entry, { members: ['kind', name, 'rules'], path: place, what }, problems)
  }
}

function checkAmount(
  amount: NonNullable<Body['steps']>[number]['amount'],
  path: string,
  problems: Problem[],
): void {
  if (amount === undefined) return
  const names = AMOUNT_MEMBERS[amount.kind]
  const what = `An amount of kind ${amount.kind}`
  for (const name of names)
    if (amount[name] === undefined) problems.push(missing(`${path}.${name}`, what))
  checkStrangers(amount, { members: ['kind', ...names], path: `${path}.`, what }, problems)
}

/** What an amount of each kind has, beside its kind. */
const AMOUNT_MEMBERS = { full: [], percent: ['percent'], fixed: ['amountMinor'] } as const

/** What is meant for another kind would be left out unseen. */
function checkStrangers(
  given: Members,
  allowed: { readonly members: readonly string[]; readonly path: string; readonly what: string },
  problems: Problem[],
): void {
  const { members, path, what } = allowed
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !members.includes(name))
      problems.push({ path: `${path}${name}`, message: `${what} has no ${toSnakeCase(name)}.` })
}

function picked(of: Members, names: readonly string[]): Members {
  return Object.fromEntries(
    names.flatMap((name) => (of[name] === undefined ? [] : [[name, of[name]]])),
  )
}
