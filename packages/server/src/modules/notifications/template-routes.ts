import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../platform/command/index.ts'
import { ApiRefusal, noted, type ApiInstance, type ApiModule } from '../../platform/http/index.ts'
import { recordMail } from '../../platform/outbox/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { MAIL_NAMES, type MailName } from './mails/mail-catalogue.ts'
import {
  chooseTexts,
  findProblems,
  OUR_LANGUAGE,
  ourTexts,
  renderTexts,
  type MailTexts,
} from './mails/mail-texts.ts'
import { SAMPLE } from './mails/sample.ts'
import { toValues, type MailContext } from './mails/to-values.ts'
import {
  deleteTemplate,
  listTemplates,
  saveTemplate,
  TEMPLATES_MAX,
  toTexts,
  type StoredTemplate,
} from './queries.ts'
import {
  LanguageQuery,
  Preview,
  PreviewBody,
  readLanguage,
  refuseBroken,
  SendTestBody,
  SentTest,
  TemplateBody,
  TemplateItem,
  TemplateParams,
  toWireTemplate,
} from './template-schemas.ts'

export type TemplateDeps = {
  readonly cardUrl: (token: string) => string
  /** What a mail about this subscription is filled with; null = there is no such subscription. */
  readonly findMailData: (
    context: CommandContext,
    subscriptionId: Uuid,
  ) => Promise<JsonObject | null>
}

const tags = ['Mail templates']
const Answer = Type.Object({ data: TemplateItem })

/** `/v2/mail-templates`: the words of mails to customers. */
export const mailTemplatesRoutes =
  (deps: TemplateDeps): ApiModule =>
  (app) => {
    addReads(app)
    addWrites(app, deps)
    addTrials(app, deps)
  }

/** The text in force for a language, as the mail worker chooses it. */
async function findTexts(context: CommandContext, name: MailName, wanted: string | undefined) {
  const language = wanted === undefined ? null : readLanguage(wanted)
  const stored = await context.inTx((tx) => listTemplates(tx, context.accountId, name))
  const written = stored.map((row) => ({ ...toTexts(row), updatedAt: row.updated_at }))
  const texts = chooseTexts(name, written, [language, context.account.settings.mail.language])
  return { texts, updatedAt: written.find((one) => one === texts)?.updatedAt ?? null }
}

function addReads(app: ApiInstance): void {
  app.get(
    '/mail-templates',
    {
      config: { scope: 'comms:read' },
      schema: {
        tags,
        summary: 'List the texts of mails to customers',
        description: "Every mail in its built-in text or, where rewritten, in each language's.",
        response: {
          200: Type.Object({ data: Type.Array(TemplateItem, { description: 'All of them.' }) }),
        },
      },
    },
    async ({ context }) => {
      const stored = await context.inTx((tx) => listTemplates(tx, context.accountId, null))
      const toItem = (row: StoredTemplate, name: MailName) =>
        toWireTemplate(name, { texts: toTexts(row), updatedAt: row.updated_at })
      const data = MAIL_NAMES.flatMap((name) => {
        const own = stored.filter((row) => row.name === name)
        const isOursInUse = !own.some(({ language }) => language === OUR_LANGUAGE)
        return [
          ...(isOursInUse
            ? [toWireTemplate(name, { texts: ourTexts(name), updatedAt: null })]
            : []),
          ...own.map((row) => toItem(row, name)),
        ]
      })
      return { data }
    },
  )

  app.get(
    '/mail-templates/:name',
    {
      config: { scope: 'comms:read' },
      schema: {
        tags,
        summary: 'Show the text of a mail',
        description: 'The one that a customer of this language gets.',
        params: TemplateParams,
        querystring: LanguageQuery,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { name }, query }) => ({
      data: toWireTemplate(name, await findTexts(context, name, query.language)),
    }),
  )
}

function addWrites(app: ApiInstance, deps: TemplateDeps): void {
  app.put(
    '/mail-templates/:name',
    {
      config: { scope: 'comms:write', reload: noted },
      schema: {
        tags,
        summary: 'Rewrite a mail',
        description: 'Refused with line and column when a template is broken.',
        params: TemplateParams,
        querystring: LanguageQuery,
        body: TemplateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { name }, query, body }) => {
      const { accountId, now } = context
      const language = readLanguage(query.language ?? context.account.settings.mail.language)
      const texts = {
        language,
        subject: body.subject,
        bodyText: body.body_text,
        bodyHtml: body.body_html,
      }
      refuseBroken(findProblems(name, texts, sampleOf(name, contextOf(context, deps), language)))
      const answer = { data: toWireTemplate(name, { texts, updatedAt: now }) }
      const row = { ...body, accountId, id: context.ids.next(), name, language, updated_at: now }
      await context.inTx(async (tx) => {
        const stored = await listTemplates(tx, accountId, null)
        const others = stored.filter((one) => one.name !== name || one.language !== language)
        if (others.length >= TEMPLATES_MAX)
          throw ApiRefusal.invalid('language', `Keep at most ${TEMPLATES_MAX} texts of your own.`)
        await saveTemplate(tx, row)
        await context.remember(tx, 'account', accountId, answer)
      })
      return answer
    },
  )

  app.delete(
    '/mail-templates/:name',
    {
      config: { scope: 'comms:write' },
      schema: {
        tags,
        summary: 'Go back to the built-in text of a mail',
        params: TemplateParams,
        querystring: LanguageQuery,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { name }, query }) => {
      const { accountId } = context
      const language = readLanguage(query.language ?? context.account.settings.mail.language)
      await context.inTx((tx) => deleteTemplate(tx, { accountId, name, language }))
      return { data: toWireTemplate(name, await findTexts(context, name, query.language)) }
    },
  )
}

function addTrials(app: ApiInstance, deps: TemplateDeps): void {
  app.post(
    '/mail-templates/:name/preview',
    {
      config: { scope: 'comms:read' },
      schema: {
        tags,
        summary: 'See a mail as its reader gets it',
        description: 'Of the text in force, or of one that is not saved yet.',
        params: TemplateParams,
        body: PreviewBody,
        response: { 200: Type.Object({ data: Preview }) },
      },
    },
    async ({ context, params: { name }, body }) => {
      const found = await findTexts(context, name, body.language)
      const texts: MailTexts = {
        language: body.language === undefined ? found.texts.language : readLanguage(body.language),
        subject: body.subject ?? found.texts.subject,
        bodyText: body.body_text ?? found.texts.bodyText,
        bodyHtml: body.body_html ?? found.texts.bodyHtml,
      }
      const source = contextOf(context, deps)
      refuseBroken(findProblems(name, texts, sampleOf(name, source, texts.language)))
      const data =
        body.subscription_id === undefined
          ? SAMPLE
          : await deps.findMailData(context, body.subscription_id)
      if (data === null) throw ApiRefusal.notFound('subscription', 'subscription_id')
      const values = toValues({ name, data }, source, texts.language)
      return { data: { object: 'mail_preview' as const, ...renderTexts(texts, values) } }
    },
  )

  app.post(
    '/mail-templates/:name/send-test',
    {
      config: { scope: 'comms:write', reload: noted },
      schema: {
        tags,
        summary: 'Send a mail, filled with a sample, to an address of yours',
        description: 'Goes out from a sandbox too, where there is a mail server.',
        params: TemplateParams,
        body: SendTestBody,
        response: { 202: Type.Object({ data: SentTest }) },
      },
    },
    async ({ context, params: { name }, body }, reply) => {
      const { accountId, now } = context
      const language = body.language === undefined ? null : readLanguage(body.language)
      const id = context.ids.next()
      const answer = { data: { id: encodeId('mail', id), object: 'mail' as const, to: body.to } }
      await context.inTx(async (tx) => {
        const data = { ...SAMPLE, language }
        const test = {
          accountId,
          id,
          dedupeKey: `test:${id}`,
          template: name,
          data,
          createdAt: now,
          isTest: true,
        } as const
        await recordMail(tx, [{ ...test, to: body.to }])
        await context.remember(tx, 'mail', id, answer)
      })
      return reply.code(202).send(answer)
    },
  )
}

function contextOf({ account }: CommandContext, { cardUrl }: TemplateDeps): MailContext {
  const { name, timezone, settings } = account
  return { name, brand: settings.brand, timezone, cardUrl }
}

function sampleOf(name: MailName, source: MailContext, language: string) {
  return toValues({ name, data: SAMPLE }, source, language)
}
