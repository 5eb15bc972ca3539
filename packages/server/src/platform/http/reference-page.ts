import { object, refName, schemaIn, type Json } from './document-parts.ts'

/** A schema's fields as rows of a table, nested ones by their path. */
type FieldRow = {
  readonly name: string
  readonly type: string
  readonly isRequired: boolean
  readonly description: string
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
const DEPTH_MAX = 7

/** The OpenAPI document as one page for people: no script, nothing from outside. */
export function toReferencePage(document: Json): string {
  const operations = operationsOf(document)
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  const schemas = Object.entries(object(object(document['components'])['schemas']))
  const nav = [
    ...tags.map((tag) => `<li><a href="#${anchor(tag)}">${escape(tag)}</a></li>`),
    '<li><a href="#objects">Objects</a></li>',
  ]
  const sections = tags.map((tag) => {
    const own = operations.filter((operation) => operation.tag === tag)
    return `<section id="${anchor(tag)}"><h2>${escape(tag)}</h2>${own.map(({ html }) => html).join('')}</section>`
  })
  const objects = schemas.map(([name, schema]) => {
    const rows = fieldTable(fieldsOf(object(schema), { path: '', depth: 0 }))
    return `<article id="object-${anchor(name)}"><h3>${escape(name)}</h3><p>${text(object(schema)['description'])}</p>${rows}</article>`
  })
  const info = object(document['info'])
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info['title'])} reference</title><style>${STYLE}</style></head>
<body><a class="skip" href="#calls">Skip to the calls</a><nav><strong>${text(info['title'])}</strong><p>Version ${text(info['version'])}</p><ul>${nav.join('')}</ul>
<p><a href="/openapi.json">openapi.json</a></p></nav>
<main id="calls"><h1>${text(info['title'])} reference</h1><p>${text(info['description'])}</p>
<p>Send your key in the header <code>x-api-key</code>. POST, PATCH and PUT take an <code>Idempotency-Key</code>.</p>
${sections.join('\n')}<section id="objects"><h2>Objects</h2>${objects.join('')}</section></main></body></html>`
}

export const STYLE = `
:root{color-scheme:light dark}.skip{position:absolute;left:-99rem}.skip:focus{left:0}body{margin:0;display:flex;font:16px/1.5 system-ui,sans-serif}
nav{position:sticky;top:0;align-self:flex-start;box-sizing:border-box;width:15rem;height:100vh;overflow:auto;padding:1.5rem;border-right:1px solid #8884}
nav ul{list-style:none;padding:0}main{flex:1;min-width:0;overflow-wrap:anywhere;max-width:60rem;padding:1.5rem 2rem}
article{margin:2rem 0;padding-top:1rem;border-top:1px solid #8884}h3 a{color:inherit}code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8883}
@media(max-width:48rem){body{display:block}main{padding:1rem}nav{position:static;width:auto;height:auto;border:0}
thead{display:none}tr,td{display:block}tr{padding:.4rem 0;border-bottom:1px solid #8883}td{padding:0;border:0}td:first-child{font-weight:600}}`

type Operation = { readonly tag: string; readonly html: string }

function operationsOf(document: Json): Operation[] {
  return Object.entries(object(document['paths'])).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = object(methods)[method]
      return operation === undefined
        ? []
        : [toOperation({ method, path, operation: object(operation) })]
    }),
  )
}

function toOperation(at: {
  readonly method: string
  readonly path: string
  readonly operation: Json
}): Operation {
  const { operation } = at
  const parameters = list(operation['parameters']).map(toParameterRow)
  const body = schemaIn(operation['requestBody'])
  const parts = [
    `<h3><a href="#${text(operation['operationId'])}">${text(operation['summary'])}</a></h3><p><code>${at.method.toUpperCase()} ${escape(at.path)}</code></p>`,
    operation['description'] === undefined ? '' : `<p>${text(operation['description'])}</p>`,
    parameters.length === 0 ? '' : `<h4>Parameters</h4>${fieldTable(parameters)}`,
    body === null ? '' : `<h4>Body</h4>${fieldTable(fieldsOf(body, { path: '', depth: 0 }))}`,
    `<h4>Answers</h4>${answersOf(object(operation['responses']))}`,
  ]
  const [tag] = list(operation['tags'])
  const id = plain(operation['operationId'])
  return { tag: plain(tag), html: `<article id="${escape(id)}">${parts.join('')}</article>` }
}

function toParameterRow(parameter: unknown): FieldRow {
  const { name, required, schema, description } = object(parameter)
  const type = `${typeOf(object(schema))} (${String(object(parameter)['in'])})`
  return {
    name: String(name),
    type,
    isRequired: required === true,
    description: plain(description),
  }
}

function answersOf(responses: Json): string {
  const rows = Object.entries(responses).map(([status, response]) => {
    const schema = schemaIn(response)
    return `<tr><td><code>${escape(status)}</code></td><td>${text(object(response)['description'])}</td><td>${schema === null ? '' : shapeOf(schema)}</td></tr>`
  })
  return `<table><thead><tr><th>Status</th><th>Meaning</th><th>Body</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

/** `{ data: Customer }`, with links to the objects. */
function shapeOf(schema: Json): string {
  const name = refName(schema)
  if (name !== null) return `<a href="#object-${anchor(name)}">${escape(name)}</a>`
  if (schema['type'] === 'array') return `${shapeOf(object(schema['items']))}[]`
  const properties = Object.entries(object(schema['properties']))
  if (properties.length === 0) return escape(typeOf(schema))
  return `{ ${properties.map(([key, value]) => `${escape(key)}: ${shapeOf(object(value))}`).join(', ')} }`
}

function fieldsOf(schema: Json, at: { readonly path: string; readonly depth: number }): FieldRow[] {
  const required = list(schema['required'])
  return Object.entries(object(schema['properties'])).flatMap(([key, value]) => {
    const field = object(value)
    const name = at.path === '' ? key : `${at.path}.${key}`
    const row = {
      name,
      type: typeOf(field),
      isRequired: required.includes(key),
      description: plain(field['description']),
    }
    const isList = field['items'] !== undefined
    const nested = isList ? object(field['items']) : field
    if (at.depth >= DEPTH_MAX) return [row]
    return [row, ...fieldsOf(nested, { path: isList ? `${name}[]` : name, depth: at.depth + 1 })]
  })
}

function fieldTable(rows: readonly FieldRow[]): string {
  const lines = rows.map(
    ({ name, type, isRequired, description }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${escape(type)}${isRequired ? ', required' : ''}</td><td>${escape(description)}</td></tr>`,
  )
  return `<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${lines.join('')}</tbody></table>`
}

function typeOf(schema: Json): string {
  const name = refName(schema)
  if (name !== null) return name
  const { type, items, enum: values } = schema
  const types = (Array.isArray(type) ? type : [type ?? 'any']).map(String)
  const words = types
    .map((each) => (each === 'array' ? `list of ${typeOf(object(items))}` : each))
    .join(' or ')
  const named = list(values)
    .map(plain)
    .filter((value) => value !== '')
  return named.length === 0 ? words : `${words}: ${named.join(', ')}`
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function text(value: unknown): string {
  return escape(plain(value))
}

function anchor(value: string): string {
  return value.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

function escape(value: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  }
  return value.replace(/[&<>"]/g, (char) => names[char] ?? char)
}
