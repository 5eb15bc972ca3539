import type { Answer, ScenarioWorld } from '@perennial/testkit/scenario'

/** The newest case of the account, with its story. */
export async function theCase(world: ScenarioWorld, filter = ''): Promise<Answer> {
  const listed = await world.api.get(`/recovery/cases?limit=1${filter}`)
  return world.api.get(`/recovery/cases/${listed.text('data.0.id')}`)
}
