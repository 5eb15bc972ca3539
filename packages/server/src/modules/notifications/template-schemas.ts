import { formatInstantOrNull, type Instant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../platform/http/index.ts'
import {
  idField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import { MAIL_KINDS, MAIL_NAMES, SHARED_VARIABLES, type MailName } from './mails/mail-catalogue.ts'
import type { MailTexts, PartProblem } from './mails/mail-texts.ts'
import { toLanguage } from './mails/to-values.ts'

const BODY_MAX = 50_000

export const TemplateItem = Type.Object(
  {
    name: oneOf(MAIL_NAMES, { description: 'Which mail it is.' }),
    object: oneOf(['mail_template'], { description: 'Always "mail_template".' }),
    description: Type.String({ description: 'When it is sent.' }),
    language: Type.String({ description: 'Language of this text.' }),
    is_default: Type.Boolean({ description: 'Whether it is the built-in text.' }),
    subject: Type.String({ description: 'Subject, a Liquid template.' }),
    body_text: Type.String({ description: 'Plain text between greeting and signature, Liquid.' }),
    body_html: Type.String({ description: 'The same as HTML, Liquid; it is put into the frame.' }),
    variables: Type.Record(Type.String(), Type.String(), {
      description: 'What the templates may print, and what it is.',
    }),
    updated_at: nullable(timestamp('When it was last rewritten; null for the built-in text.')),
  },
  { title: 'MailTemplate', description: 'The text of a mail to customers.' },
)

export const TemplateParams = Type.Object({
  name: oneOf(MAIL_NAMES, { description: 'Which mail.' }),
})

const language = Type.Optional(
  textField("BCP 47, such as de-AT; the account's language when absent.", { maxLength: 20 }),
)
export const LanguageQuery = Type.Object({ language })

const texts = {
  subject: textField('Subject, a Liquid template.', { minLength: 1, maxLength: 300 }),
  body_text: textField('Plain text, a Liquid template.', { minLength: 1, maxLength: BODY_MAX }),
  body_html: textField('HTML, a Liquid template.', { minLength: 1, maxLength: BODY_MAX }),
}
export const TemplateBody = Type.Object(texts)

export const PreviewBody = Type.Object({
  language,
  subject: Type.Optional(texts.subject),
  body_text: Type.Optional(texts.body_text),
  body_html: Type.Optional(texts.body_html),
  subscription_id: Type.Optional(
    idField('subscription', 'Filled with what this subscription owes; with a sample when absent.'),
  ),
})

export const Preview = Type.Object(
  {
    object: oneOf(['mail_preview'], { description: 'Always "mail_preview".' }),
    subject: Type.String({ description: 'Subject.' }),
    text: Type.String({ description: 'Plain text.' }),
    html: Type.String({ description: 'HTML.' }),
  },
  { title: 'MailPreview', description: 'A mail as its reader gets it.' },
)

export const SendTestBody = Type.Object({
  to: textField('Address to send it to.', { format: 'email', maxLength: 200 }),
  language,
})

export const SentTest = Type.Object(
  {
    id: wireId('mail', 'Id of the mail.'),
    object: oneOf(['mail'], { description: 'Always "mail".' }),
    to: Type.String({ description: 'Address it goes to.' }),
  },
  { title: 'TestMail', description: 'A test mail that is on its way.' },
)

export function toWireTemplate(
  name: MailName,
  of: { readonly texts: MailTexts; readonly updatedAt: Instant | null },
): Static<typeof TemplateItem> {
  const { texts: chosen, updatedAt } = of
  const { description, variables } = MAIL_KINDS[name]
  return {
    name,
    object: 'mail_template',
    description,
    language: chosen.language,
    is_default: updatedAt === null,
    subject: chosen.subject,
    body_text: chosen.bodyText,
    body_html: chosen.bodyHtml,
    variables: { ...SHARED_VARIABLES, ...variables },
    updated_at: formatInstantOrNull(updatedAt),
  }
}

/** The canonical tag, or a refusal that names the field. */
export function readLanguage(text: string): string {
  const canonical = toLanguage(text)
  if (canonical === null)
    throw ApiRefusal.invalid('language', 'Give a language such as en or de-AT.')
  return canonical
}

/** Names each part that is wrong, with its place. */
export function refuseBroken(problems: readonly PartProblem[]): void {
  const [first] = problems
  if (first === undefined) return
  const fields = Object.fromEntries(
    problems.map((problem) => [problem.part, [toSentence(problem)]]),
  )
  throw new ApiRefusal({
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: toSentence(first),
    param: first.part,
    details: { fields, line: first.line, column: first.column },
  })
}

function toSentence({ line, column, message }: PartProblem): string {
  return line === null ? `${message}.` : `Line ${line}, column ${column ?? 1}: ${message}.`
}
