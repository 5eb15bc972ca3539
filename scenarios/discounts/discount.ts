import assert from 'node:assert/strict'
import { memberOf, type ScenarioWorld, type Subscriber } from '@perennial/testkit/scenario'

/** A discount of 10 % that bears its code as its name, unless the body says otherwise; its id. */
export async function createDiscount(
  world: ScenarioWorld,
  body: { readonly code: string } & Record<string, unknown>,
): Promise<string> {
  const base = { name: body.code, discount_type: 'percentage', discount_value: 10 }
  const made = await world.api.post('/discounts', { ...base, ...body })
  await world.expects(['discount.created'])
  return made.text('data.id')
}

/** Paid bills that it has reduced. */
export async function redemptions(world: ScenarioWorld, id: string): Promise<unknown> {
  return (await world.api.get(`/discounts/${id}`)).at('data.current_redemptions')
}

/** "discount -400" of each line of the newest bill. */
export async function linesOf(world: ScenarioWorld, who: Subscriber): Promise<string[]> {
  const last = (await who.invoices()).at(-1)
  assert.ok(last !== undefined)
  const lines = (await world.api.get(`/invoices/${last.id}`)).at('data.line_items')
  assert.ok(Array.isArray(lines))
  return lines.map(
    (line) => `${String(memberOf(line, 'kind'))} ${String(memberOf(line, 'amount_minor'))}`,
  )
}

/** "4000 - 400 + 720 = 4320" of the newest bill: subtotal, discount, tax, total. */
export async function sumOf(world: ScenarioWorld, who: Subscriber): Promise<string> {
  const last = (await who.invoices()).at(-1)
  assert.ok(last !== undefined)
  const shown = await world.api.get(`/invoices/${last.id}`)
  const [subtotal, discount, tax, total] = ['subtotal', 'discount', 'tax', 'total'].map((name) =>
    String(shown.at(`data.${name}_minor`)),
  )
  return `${subtotal} - ${discount} + ${tax} = ${total}`
}
