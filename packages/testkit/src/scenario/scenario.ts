import { after, test } from 'node:test'
import { assert } from '@perennial/core/fault'
import { parseTimeZone, UTC } from '@perennial/core/time'
import { assertNothingLeft } from './assert-nothing-left.ts'
import { leaveTheHouse, theHouse } from './house.ts'
import { openWorld, type ScenarioWorld } from './scenario-world.ts'

export type ScenarioSettings = {
  /** Of the merchant's accounts; UTC when absent. */
  readonly timezone?: string
  /** Where the sandbox's clock stands at first; 2027-01-01 when absent. */
  readonly on?: string
}

type Body = (world: ScenarioWorld) => Promise<void>

const FIRST_DAY = '2027-01-01'

/**
 * A story through the public API on the simulated clock: a merchant of its own, whose sandbox stands at a
 * named date. It fails on an event that it does not name, on charges that are not booked once, and on anything
 * that `verify` finds in the database afterwards.
 */
export function scenario(name: string, body: Body): void
export function scenario(name: string, settings: ScenarioSettings, body: Body): void
export function scenario(
  name: string,
  settingsOrBody: ScenarioSettings | Body,
  bodyOfThree?: Body,
): void {
  const settings = typeof settingsOrBody === 'function' ? {} : settingsOrBody
  const body = typeof settingsOrBody === 'function' ? settingsOrBody : bodyOfThree
  assert(body !== undefined, 'a scenario has a body')
  const timezone = parseTimeZone(settings.timezone ?? UTC)
  assert(timezone !== null, 'a scenario takes place in a known time zone')
  after(leaveTheHouse)
  test(name, async () => {
    const world = await openWorld(await theHouse(), { timezone, on: settings.on ?? FIRST_DAY })
    await body(world)
    await assertNothingLeft(world)
  })
}
