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
  renderLimit: 500,
  memoryLimit: 2_000_000,
} as const

// Everything that HTML prints is escaped; the text part has no markup to escape.
const engines = {
  subject: new Liquid(LIMITS),
  body_text: new Liquid(LIMITS),
  body_html: new Liquid({ ...LIMITS, outputEscape: 'escape' }),
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

/** What is wrong with a template, by trying it on these values; null when nothing is. */
export function findProblem(
  part: TemplatePart,
  source: string,
  values: Values,
): TemplateProblem | null {
  try {
    renderPart(part, parsePart(part, source), values)
    return null
  } catch (error) {
    if (!LiquidError.is(error)) throw error
    const [line = null, column = null] = error.token.getPosition()
    const message = (error.originalError ?? error).message.replace(/, (file|line):.*$/s, '')
    return { line, column, message: message.split('\n')[0] ?? message }
  }
}
