/** What an element holds: a text, a number, a truth, nothing, a list, or other elements. */
export type XmlValue =
  | string
  | number
  | boolean
  | null
  | Date
  | XmlList
  | XmlCollection
  | { readonly [name: string]: XmlValue | undefined }

/** Written with `type="array"`; every element of it has the same name. */
export class XmlList {
  readonly item: string
  readonly values: readonly XmlValue[]
  constructor(item: string, values: readonly XmlValue[]) {
    this.item = item
    this.values = values
  }
}

/** Written with `type="collection"`: a page of a longer list. */
export class XmlCollection {
  readonly item: string
  readonly values: readonly XmlValue[]
  readonly pageSize: number
  readonly totalItems: number
  constructor(item: string, values: readonly XmlValue[], size: { page: number; total: number }) {
    this.item = item
    this.values = values
    this.pageSize = size.page
    this.totalItems = size.total
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

export function toXml(name: string, value: XmlValue): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, value)}\n`
}

/** Names are written with dashes. */
export function element(name: string, value: XmlValue | undefined): string {
  const tag = name.replaceAll('_', '-')
  if (value === undefined) return ''
  if (value === null) return `<${tag} nil="true"/>`
  if (typeof value === 'string') return `<${tag}>${escaped(value)}</${tag}>`
  if (typeof value === 'number') return `<${tag} type="integer">${value}</${tag}>`
  if (typeof value === 'boolean') return `<${tag} type="boolean">${value}</${tag}>`
  if (value instanceof Date)
    return `<${tag} type="datetime">${value.toISOString().replace(/\.\d+Z$/, 'Z')}</${tag}>`
  if (value instanceof XmlList)
    return `<${tag} type="array">${value.values.map((item) => element(value.item, item)).join('')}</${tag}>`
  if (value instanceof XmlCollection) return collection(tag, value)
  const inner = Object.entries(value).map(([key, held]) => element(key, held))
  return `<${tag}>${inner.join('')}</${tag}>`
}

function collection(tag: string, value: XmlCollection): string {
  const head = [
    element('current_page_number', 1),
    element('page_size', value.pageSize),
    element('total_items', value.totalItems),
  ]
  const items = value.values.map((item) => element(value.item, item))
  return `<${tag} type="collection">${[...head, ...items].join('')}</${tag}>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => ENTITIES[letter] ?? letter)
}
