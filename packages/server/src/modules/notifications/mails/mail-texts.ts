import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { analyzeSync, type Template } from 'liquidjs'
import { MAIL_KINDS, MAIL_NAMES, SHARED_VARIABLES, type MailName } from './mail-catalogue.ts'
import {
  parsePart,
  renderPart,
  tryPart,
  type TemplatePart,
  type TemplateProblem,
  type Values,
} from './mail-engine.ts'
import { toLanguage } from './to-values.ts'

/** The three texts of a mail, in one language. */
export type MailTexts = {
  readonly language: string
  readonly subject: string
  readonly bodyText: string
  readonly bodyHtml: string
}

export type RenderedMail = {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const TEMPLATES = join(import.meta.dirname, '../templates')
const read = (file: string): string => readFileSync(join(TEMPLATES, file), 'utf8').trimEnd()

/** Ours are in English. */
export const OUR_LANGUAGE = 'en'
const OURS: ReadonlyMap<MailName, MailTexts> = new Map(
  MAIL_NAMES.map((name) => {
    const file = name.replaceAll('_', '-')
    const texts = {
      language: OUR_LANGUAGE,
      subject: MAIL_KINDS[name].subject,
      bodyText: read(`${file}.txt.liquid`),
      bodyHtml: read(`${file}.html.liquid`),
    }
    return [name, texts]
  }),
)
const LAYOUT = {
  text: parsePart('body_text', read('layout.txt.liquid')),
  html: parsePart('body_html', read('layout.html.liquid')),
}

export function ourTexts(name: MailName): MailTexts {
  return OURS.get(name) ?? { language: OUR_LANGUAGE, subject: '', bodyText: '', bodyHtml: '' }
}

/**
 * The texts to use: of the first of the wanted languages that the merchant has written, a region's own before its
 * language's; else ours.
 */
export function chooseTexts(
  name: MailName,
  written: readonly MailTexts[],
  wanted: readonly (string | null)[],
): MailTexts {
  const languages = wanted.flatMap((text) => (text === null ? [] : languagesOf(text)))
  for (const language of [...languages, OUR_LANGUAGE]) {
    const found = written.find((texts) => texts.language === language)
    if (found !== undefined) return found
  }
  return ourTexts(name)
}

function languagesOf(text: string): string[] {
  const language = toLanguage(text)
  if (language === null) return []
  const [primary = language] = language.split('-')
  return primary === language ? [language] : [language, primary]
}

/** A mail in its final words. Faults: a template that cannot be rendered. */
export function renderTexts(texts: MailTexts, values: Values): RenderedMail {
  const subject = oneLine(renderPart('subject', parsePart('subject', texts.subject), values))
  const text = renderPart('body_text', parsePart('body_text', texts.bodyText), values)
  const html = renderPart('body_html', parsePart('body_html', texts.bodyHtml), values)
  const framed = (content: string): Values => ({ ...values, subject, content })
  return {
    subject,
    text: renderPart('body_text', LAYOUT.text, framed(text.trim())),
    html: renderPart('body_html', LAYOUT.html, framed(html)),
  }
}

/** A header ends with its line. */
function oneLine(subject: string): string {
  return subject.replaceAll(/\s+/g, ' ').trim()
}

export type PartProblem = TemplateProblem & { readonly part: TemplatePart }

/** What is wrong with the texts of a mail: each part is tried with everything known, and with nothing. */
export function findProblems(name: MailName, texts: MailTexts, sample: Values): PartProblem[] {
  const nothing = Object.fromEntries(Object.keys(sample).map((variable) => [variable, '']))
  const parts = { subject: texts.subject, body_text: texts.bodyText, body_html: texts.bodyHtml }
  return PARTS.flatMap((part) => {
    const tried = tryPart(part, parts[part], [sample, nothing])
    const problem = tried.problem ?? findUnknown(name, tried.template)
    return problem === null ? [] : [{ ...problem, part }]
  })
}

const PARTS: readonly TemplatePart[] = ['subject', 'body_text', 'body_html']

/** A variable that no mail of the kind has, wherever it stands. */
function findUnknown(name: MailName, template: readonly Template[]): TemplateProblem | null {
  const known = new Set([
    ...Object.keys(SHARED_VARIABLES),
    ...Object.keys(MAIL_KINDS[name].variables),
  ])
  const { globals } = analyzeSync([...template], { partials: false })
  for (const [variable, [first]] of Object.entries(globals)) {
    if (known.has(variable)) continue
    const { row = null, col = null } = first?.location ?? {}
    return { line: row, column: col, message: `undefined variable: ${variable}` }
  }
  return null
}
