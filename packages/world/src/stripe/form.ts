/** Form fields as Stripe's clients nest them: `card[number]`, `metadata[order]`, `expand[0]`. */
export type Form = { readonly [name: string]: string | Form }

/** Names deeper than this mean no field that we know. */
const DEPTH_MAX = 5

export function readForm(flat: Readonly<Record<string, unknown>>): Form {
  const form: MutableForm = Object.create(null)
  for (const [name, value] of Object.entries(flat)) {
    const [root = '', ...rest] = name.split('[').map((part) => part.replace(/\]$/, ''))
    if (typeof value === 'string' && rest.length < DEPTH_MAX) put(form, [root, ...rest], value)
  }
  return form
}

export function textOf(form: Form, name: string): string | null {
  const value = form[name]
  return typeof value === 'string' && value !== '' ? value : null
}

export function formOf(form: Form, name: string): Form {
  const value = form[name]
  return typeof value === 'object' ? value : {}
}

export function listOf(form: Form, name: string): string[] {
  return Object.values(formOf(form, name)).filter((value) => typeof value === 'string')
}

type MutableForm = { [name: string]: string | MutableForm }

function put(form: MutableForm, [name = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    form[name] = value
    return
  }
  const inner = form[name]
  const next: MutableForm = typeof inner === 'object' ? inner : Object.create(null)
  form[name] = next
  put(next, rest, value)
}
