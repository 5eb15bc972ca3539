import { assert } from '@perennial/core/fault'
import { Liquid, LiquidError, type Template } from 'liquidjs'

/** Where a template is wrong, in the words of its writer. */
export type TemplateProblem = {
  readonly line: number | null
  readonly column: number | null
  readonly message: string
}

export type TemplatePart = 'subject' | 'body_text' | 'body_html'

// A merchant's template reads no file, sees no variable but its own, and stops when it takes too long or too much.
const LIMITS = {
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  // What is empty counts as absent.
  jsTruthy: true,
  dynamicPartials: false,
  templates: {},
  parseLimit: 100_000,
  // The size of its code bounds the work (see `findOversize`); this is for what nobody thought of.
  renderLimit: 200,
  memoryLimit: 200_000,
} as const

/**
 * Without loops, and filters that are one, a template takes no longer than its code is long. It runs between everybody's
 * requests, and what it prints is single values: there is nothing to loop over.
 */
const TAGS: ReadonlySet<string> = new Set([
  'assign', 'capture', 'case', 'comment', 'echo', 'if', 'liquid', 'raw', 'unless', '#',
]) // prettier-ignore

/** More than ten times what the longest of ours has. Reading 300 takes milliseconds, reading 10,000 seconds (measured). */
const CODES_MAX = 300
const CODE_CHARS_MAX = 8_000

// Everything that HTML prints is escaped; the text part has no markup to escape.
const engines = {
  subject: createEngine({}),
  body_text: createEngine({}),
  body_html: createEngine({ outputEscape: 'escape' }),
}

function createEngine(options: { readonly outputEscape?: 'escape' }): Liquid {
  const engine = new Liquid({ ...LIMITS, ...options })
  for (const tag of Object.keys(engine.tags)) if (!TAGS.has(tag)) delete engine.tags[tag]
  for (const filter of Object.keys(engine.filters))
    if (filter.endsWith('_exp')) delete engine.filters[filter]
  return engine
}

export function parsePart(part: TemplatePart, source: string): readonly Template[] {
  return engines[part].parse(source)
}

export type Values = Readonly<Record<string, string>>

export function renderPart(
  part: TemplatePart,
  template: readonly Template[],
  values: Values,
): string {
  const rendered: unknown = engines[part].renderSync([...template], { ...values })
  assert(typeof rendered === 'string', 'a template renders to text')
  return part === 'body_html' ? rendered : rendered.replaceAll(/\n{3,}/g, '\n\n')
}

/** A template that renders, or what is wrong with it. */
export type Tried =
  | { readonly template: readonly Template[]; readonly problem: null }
  | { readonly template: null; readonly problem: TemplateProblem }

/** Tries a template on each of these values. */
export function tryPart(part: TemplatePart, source: string, trials: readonly Values[]): Tried {
  const problem = findOversize(source)
  if (problem !== null) return { template: null, problem }
  try {
    const template = parsePart(part, source)
    for (const values of trials) renderPart(part, template, values)
    return { template, problem: null }
  } catch (error) {
    if (!LiquidError.is(error)) throw error
    const [line = null, column = null] = error.token.getPosition()
    const message = (error.originalError ?? error).message.replace(/, (file|line):.*$/s, '')
    return {
      template: null,
      problem: { line, column, message: message.split('\n')[0] ?? message },
    }
  }
}

/** Too much code to be read while others wait. */
function findOversize(source: string): TemplateProblem | null {
  const [, ...codes] = source.split(/\{[{%]/)
  const message = findTooMuch(codes)
  return message === null ? null : { line: null, column: null, message }
}

/** Of texts that each begin within a pair of braces. */
function findTooMuch(codes: readonly string[]): string | null {
  if (codes.length > CODES_MAX) return `the template has more than ${CODES_MAX} tags and outputs`
  const chars = codes.reduce((sum, code) => sum + lengthOfCode(code), 0)
  return chars > CODE_CHARS_MAX
    ? `the template has more than ${CODE_CHARS_MAX} characters within braces`
    : null
}

function lengthOfCode(text: string): number {
  const end = text.search(/[}%]\}/)
  return end === -1 ? text.length : end
}
