import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { startTestApi, type TestApi } from '../../testing/test-api.ts'
import { TEMPLATES_MAX } from './queries.ts'
import { mailTemplatesRoutes } from './template-routes.ts'

let api: TestApi
before(async () => {
  const deps = { cardUrl: () => 'https://example.com', findMailData: async () => null }
  api = await startTestApi([mailTemplatesRoutes(deps)])
})
after(() => api.close())

test('who has as many texts as may be rewrites those, and adds none', async () => {
  const body = { subject: 'Hello', body_text: 'Hello', body_html: '<p>Hello</p>' }
  const put = (language: string, subject = 'Hello') =>
    api.request('PUT', `/mail-templates/payment_failed?language=${language}`, {
      body: { ...body, subject },
    })
  assert.equal((await put('fr')).status, 200)
  await sql`
    insert into mail_templates (account_id, id, name, language, subject, body_text, body_html, created_at, updated_at)
    select account_id, gen_random_uuid(), name, 'x' || number, subject, body_text, body_html, created_at, updated_at
      from mail_templates cross join generate_series(2, ${TEMPLATES_MAX}::int) as number`.execute(
    api.database.kysely,
  )
  const rewritten = await put('fr', 'Bonjour')
  assert.equal(rewritten.status, 200, JSON.stringify(rewritten.body))
  assert.equal(rewritten.at('data.subject'), 'Bonjour')
  assert.equal((await put('de')).at('error.param'), 'language')
})
