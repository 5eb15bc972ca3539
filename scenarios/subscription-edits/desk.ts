import assert from 'node:assert/strict'
import { memberOf, textOf, type Answer, type ScenarioWorld } from '@perennial/testkit/scenario'

/** A review; nothing is told of it. */
export async function preview(world: ScenarioWorld, body: object): Promise<Answer> {
  const answer = await world.api.post('/subscription-edits', body)
  await world.expects([])
  return answer
}

export function confirm(world: ScenarioWorld, review: Answer): Promise<Answer> {
  const review_token = review.text('data.review_token')
  return world.api.post(`/subscription-edits/${review.text('data.id')}/confirm`, { review_token })
}

/** Confirms, and names what is told between the confirmation and the end. */
export async function confirmAndExpect(
  world: ScenarioWorld,
  review: Answer,
  events: readonly string[],
): Promise<Answer> {
  const done = await confirm(world, review)
  assert.equal(done.at('data.status'), 'done')
  await world.expects(['subscription_edit.confirmed', ...events, 'subscription_edit.completed'])
  return done
}

/** "2 changed, 1 skipped" of those that are not 0. */
export function countsOf(edit: Answer): string {
  const counts = edit.at('data.counts')
  return ['planned', 'changed', 'unchanged', 'skipped', 'failed']
    .map((name) => ({ name, count: memberOf(counts, name) }))
    .filter(({ count }) => count !== 0)
    .map(({ name, count }) => `${String(count)} ${name}`)
    .join(', ')
}

/** "Ada: changed", "Bob: skipped changed_since_load", in the order of the rows. */
export async function rowsOf(
  world: ScenarioWorld,
  edit: Answer,
  who: Readonly<Record<string, { readonly id: string }>>,
): Promise<string[]> {
  const names = new Map(Object.entries(who).map(([name, { id }]) => [id, name]))
  return (await listRows(world, edit)).map((row) => {
    const code = memberOf(memberOf(row, 'reason'), 'code')
    const name = names.get(textOf(row, 'subscription_id')) ?? 'somebody'
    return `${name}: ${textOf(row, 'result')}${typeof code === 'string' ? ` ${code}` : ''}`
  })
}

/** "next_renewal_at 2031-06-15 -> 2031-06-25" of each field that is to change, row by row. */
export async function changesOf(world: ScenarioWorld, edit: Answer): Promise<string[]> {
  return (await listRows(world, edit)).flatMap((row) => {
    const changed = memberOf(row, 'changed')
    assert.ok(Array.isArray(changed))
    return changed.map((name: string) => {
      const [before, after] = [memberOf(row, 'before'), memberOf(row, 'after')]
      return `${name} ${shown(memberOf(before, name))} -> ${shown(memberOf(after, name))}`
    })
  })
}

function shown(value: unknown): string {
  return String(value).replace('T00:00:00.000Z', '')
}

export async function listRows(world: ScenarioWorld, edit: Answer): Promise<readonly unknown[]> {
  const rows = await world.api.get(`/subscription-edits/${edit.text('data.id')}/rows?limit=100`)
  const data = rows.at('data')
  assert.ok(Array.isArray(data))
  return data
}
