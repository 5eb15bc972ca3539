import type { JsonRecord } from './read-json.ts'

type Node = {
  readonly name: string
  readonly type: string | null
  readonly isNil: boolean
  readonly children: Node[]
  text: string
}

/** Elements in elements, at most; what the gateway sends is six deep. */
const DEPTH_MAX = 32

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([\w.:-]+)\s*>|<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy

/**
 * The gateway's XML as plain values: names with underscores, `type="array"` as lists, integers as numbers, booleans as
 * such, all else as texts; elements of one name in another become a list. Null for what is no such XML: doctypes and
 * entities of one's own are not read.
 */
export function readXml(text: string): JsonRecord | null {
  const root: Node = { name: '', type: null, isNil: false, children: [], text: '' }
  const open: Node[] = [root]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text)
    if (match === null || open.length > DEPTH_MAX) return null
    const [, cdata, closed, opened, attributes = '', isEmpty, plain] = match
    const at = open.at(-1)
    if (at === undefined) return null
    if (opened !== undefined) {
      const node = nodeOf(opened, attributes)
      at.children.push(node)
      if (isEmpty === '') open.push(node)
    } else if (closed !== undefined) {
      if (at.name !== closed || open.length === 1) return null
      open.pop()
    } else {
      at.text += cdata ?? decoded(plain ?? '')
    }
  }
  const [only] = root.children
  if (open.length !== 1 || root.children.length !== 1 || only === undefined) return null
  return root.text.trim() === '' ? { [keyOf(only)]: valueOf(only) } : null
}

function nodeOf(name: string, attributes: string): Node {
  const type = /\stype\s*=\s*["']([^"']*)["']/.exec(attributes)?.[1] ?? null
  const isNil = /\snil\s*=\s*["']true["']/.test(attributes)
  return { name, type, isNil, children: [], text: '' }
}

function keyOf({ name }: Node): string {
  return name.replaceAll('-', '_')
}

function valueOf(node: Node): unknown {
  const { type, isNil, children, text } = node
  if (isNil) return null
  if (type === 'array') return children.map(valueOf)
  if (children.length > 0) return recordOf(children)
  if (type === 'integer') return Number.parseInt(text, 10)
  if (type === 'boolean') return text.trim() === 'true'
  return text
}

function recordOf(children: readonly Node[]): JsonRecord {
  const record: Record<string, unknown> = Object.create(null)
  for (const child of children) {
    const key = keyOf(child)
    const before = record[key]
    const value = valueOf(child)
    if (before === undefined) record[key] = value
    else record[key] = Array.isArray(before) ? [...before, value] : [before, value]
  }
  return record
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (all, dec, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name)] ?? String(all)
    const point =
      dec === undefined ? Number.parseInt(String(hex), 16) : Number.parseInt(String(dec), 10)
    return point <= 0x10_ffff ? String.fromCodePoint(point) : ''
  })
}
