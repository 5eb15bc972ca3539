import assert from 'node:assert/strict'
import { decodeId, uuidV7 } from '@perennial/core/ids'
import { addDays, addMs, formatInstant, MS_PER_HOUR, parseInstant } from '@perennial/core/time'
import type { ScenarioWorld } from '@perennial/testkit/scenario'
import { insertMany } from '../../packages/server/src/platform/db/index.ts'
import { freshToken, story, type Biller } from './biller.ts'

story('a planned charge that is due waits for the payday of cards alike', async (world, biller) => {
  await seeRetries(world, biller)
  const handed = await biller.execute({
    paymentMethodToken: freshToken(),
    amount: 5000,
    originalDeclineCode: 'insufficient_funds',
  })
  // Nobody has told yet what the card is.
  const first = handed.text('scheduledFor').slice(0, 10)
  assert.ok(first < '2027-01-17', first)
  await world.goTo('2027-01-17')
  const path = `/recovery/handed-over/${handed.text('transactionId')}`
  const moved = await world.api.get(path)
  assert.deepEqual([moved.at('data.state'), moved.at('data.attempts_made')], ['scheduled', 0])
  assert.match(JSON.stringify(moved.at('data.decisions')), /from 5\d\d attempts on such cards/)
  const due = moved.text('data.next_attempt_at')
  assert.ok(due >= '2027-01-19' && due < '2027-01-22', due)
  await world.goTo('2027-01-22')
  const paid = await world.api.get(path)
  assert.deepEqual([paid.at('data.state'), paid.at('data.attempts_made')], ['succeeded', 1])
  assert.equal((await biller.hooks()).length, 1)
  await forget(world)
})

story('what its gateway charges is taken off what a planned charge promises', async (world, biller) => {
  const listed = (await world.api.get('/gateways')).at('data') as { id: string }[]
  for (const { id } of listed)
    await world.api.patch(`/gateways/${id}`, { discount_rate_ppm: 29_000, flat_fee_approved: 60 })
  await world.expects(listed.map(() => 'gateway.updated'))
  const handOver = (amount: number) =>
    biller.execute({ paymentMethodToken: freshToken(), amount, originalDeclineCode: 'insufficient_funds' })
  const planned = await handOver(3000)
  const path = `/recovery/handed-over/${planned.text('transactionId')}`
  const reasons = JSON.stringify((await world.api.get(path)).at('data.decisions.0.reasons'))
  assert.match(reasons, /fees taken off, .*: its gateway 4.9 % or 0 %/)
  // 60 of 50 is more than there is to win.
  const dear = await handOver(50)
  const told = await world.api.get(`/recovery/handed-over/${dear.text('transactionId')}`)
  assert.deepEqual([told.at('data.state'), told.at('data.attempts_made')], ['failed', 0])
}) // prettier-ignore

/**
 * Six hundred retries in November and December, each a week after the shortage: approved if the 20th was in that week, and one of
 * ten anyway.
 */
async function seeRetries(world: ScenarioWorld, { clientId }: Biller): Promise<void> {
  const client = decodeId('recovery_client', clientId)
  const begin = parseInstant('2026-11-01T00:00:00Z')
  assert(client.kind === 'ok' && begin !== null)
  const { database } = world.house
  const { id: gateway_id } = await database.kysely
    .selectFrom('gateways')
    .select('id')
    .where('account_id', '=', world.accountId)
    .where('code', '=', 'amber')
    .executeTakeFirstOrThrow()
  const realNow = world.house.clock.now()
  const seen = Array.from({ length: 600 }, (_, index) => {
    const at = addMs(addDays(begin, index % 60), (index % 24) * MS_PER_HOUR)
    const day = Number(formatInstant(at).slice(8, 10))
    const isPaid = (day >= 20 && day <= 26) || Math.floor(index / 60) === 5
    return { at, decline: isPaid ? null : SHORT }
  })
    .toSorted((one, other) => one.at - other.at)
    // Ids rise with real time.
    .map((one, index) => {
      const id = uuidV7(addMs(realNow, index - 3_600_000), new Uint8Array(10))
      return { ...one, id, token: `seen ${index}` }
    })
  const owner = { account_id: world.accountId, client_id: client.id }
  const charge = { ...owner, gateway_id, amount_minor: 5000n, currency: 'USD' }
  await database.tx(async (tx) => {
    await insertMany(
      tx,
      'outside_cards',
      seen.map(({ at, token }) => ({
        ...owner,
        token,
        country: 'US',
        bin: '424242',
        described_at: at,
      })),
    )
    await insertMany(
      tx,
      'outside_recoveries',
      seen.map(({ at, id, token }) => ({
        ...charge,
        id,
        state: 'failed' as const,
        handed_token: token,
        token,
        fallback_tokens: [],
        first_decline: SHORT,
        is_urgent: false,
        is_simulated: false,
        attempts_made: 1,
        last_attempt_at: at,
        strategy: 'primary' as const,
        opened_at: addDays(at, -7),
        closed_at: at,
      })),
    )
    await insertMany(
      tx,
      'outside_attempts',
      seen.map(({ at, id, token, decline }) => ({
        ...charge,
        id,
        recovery_id: id,
        number: 1,
        token,
        state: decline === null ? ('succeeded' as const) : ('declined' as const),
        decline,
        created_at: at,
        settled_at: at,
      })),
    )
  })
}

const SHORT = { code: 'insufficient_funds' }

/** They were charged nowhere. */
async function forget({ house }: ScenarioWorld): Promise<void> {
  const { kysely } = house.database
  for (const table of ['outside_attempts', 'outside_recoveries'] as const)
    await kysely.deleteFrom(table).where('token', 'like', 'seen %').execute()
}
