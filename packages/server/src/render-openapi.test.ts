import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { toReferencePage } from './platform/http/index.ts'
import { renderOpenApi } from './render-openapi.ts'

test('the checked-in OpenAPI document is that of the routes; `node packages/server/src/write-openapi.ts` writes it', async () => {
  const checkedIn = await readFile(join(import.meta.dirname, '../openapi.json'), 'utf8')
  assert.equal(await renderOpenApi(), checkedIn)
})

test('every field, parameter and operation says what it means', async () => {
  const document: unknown = JSON.parse(await renderOpenApi())
  assert.deepEqual(undescribed(document, ''), [])
})

test('every answer says what it is, in the document and on the page', async () => {
  const text = await renderOpenApi()
  assert.doesNotMatch(text, /"description": "Default Response"/)
  const document = JSON.parse(text) as Parameters<typeof toReferencePage>[0] & {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly responses: Answers }>>>
    >
  }
  const said = (path: string, method: string, status: string) =>
    document.paths[path]?.[method]?.responses[status]?.description
  assert.equal(said('/v2/customers/{id}', 'get', '200'), 'The customer.')
  assert.equal(said('/v2/customers', 'post', '201'), 'The new customer.')
  assert.equal(said('/v2/customers', 'get', '200'), 'Customers, newest first.')
  assert.equal(said('/v2/invoices/{id}', 'delete', '200'), 'It is done.')
  const page = toReferencePage(document)
  assert.match(page, /<td><code>201<\/code><\/td><td>The new customer\.<\/td>/)
})

type Answers = Readonly<Record<string, { readonly description: string }>>

/** Paths of properties and parameters without a description, and of operations without a summary. */
function undescribed(node: unknown, path: string): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => {
    const at = `${path}/${key}`
    // `data` is the envelope; what is in it speaks for itself.
    const isProperty = path.endsWith('/properties') && key !== 'data'
    const isParameter = path.endsWith('/parameters')
    const isOperation = /\/paths\/[^/]+$/.test(path)
    const isSilent =
      ((isProperty || isParameter) && !says(value, 'description') && !says(value, '$ref')) ||
      (isOperation && !says(value, 'summary'))
    return [...(isSilent ? [at] : []), ...undescribed(value, at)]
  })
}

function says(node: unknown, name: string): boolean {
  return typeof node === 'object' && node !== null && typeof Reflect.get(node, name) === 'string'
}

test('the reference page shows every operation and object, escaped, and runs no script', async () => {
  const document: Readonly<Record<string, unknown>> = JSON.parse(await renderOpenApi())
  const page = toReferencePage({
    ...document,
    info: { title: 'A & B <script>', version: '1', description: '' },
  })
  assert.match(page, /<h1>A &amp; B &lt;script&gt; reference<\/h1>/)
  assert.doesNotMatch(page, /<script|javascript:|http:\/\//i)
  for (const path of Object.keys(Object(document['paths'])))
    assert.ok(page.includes(` ${path}</code>`), path)
  assert.match(page, /id="object-customer"/)
  assert.match(page, /href="#object-customer"/)
  // What stands deep in a body, and a call that takes no key.
  for (const field of [
    'filters.next_renewal_from',
    'review_token',
    'definition.nodes[].entries[].rules.usage[].max',
  ])
    assert.ok(page.includes(`<code>${field}`), field)
  assert.ok(page.includes('GET /v2/dd/mandate-requests/{token}'))
})
