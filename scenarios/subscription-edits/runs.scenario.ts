import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeId, encodeId, type Uuid } from '@perennial/core/ids'
import {
  card,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { contextOf, loadScope } from '../../packages/server/src/modules/billing/index.ts'
import {
  previewEdit,
  previewUndo,
  readEditJson,
  workOnEdit,
  workOnReview,
} from '../../packages/server/src/modules/subscription-edits/index.ts'
import { toAnswer, type Answer } from '@perennial/testkit'
import { DatabaseOutage } from '../../packages/server/src/platform/db/index.ts'
import {
  createProfile,
  openShop,
  operate,
  PRICE_MINOR,
  standing,
  type ProfileShop,
} from '../profiles/shop.ts'
import { changesOf, confirm, confirmAndExpect, countsOf, preview, rowsOf } from './desk.ts'

const IN_2031 = { on: '2031-05-01' } as const
const EXTEND = [{ type: 'extend_next_renewal', days: 3 }]

async function sellTo(shop: ProfileShop, names: readonly string[]) {
  const sold = []
  for (const [index, who] of names.entries())
    sold.push(await shop.sell(`2031-05-0${index + 2}`, { who }))
  return sold
}

function editIdOf(edit: Answer): Uuid {
  const decoded = decodeId('subscription_edit', edit.text('data.id'))
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

/** One worker's turn: so many batches of two rows. */
async function work(world: ScenarioWorld, edit: Answer, batchesMax: number): Promise<Answer> {
  const { accountId } = world
  const { billing } = world.house.service
  await workOnEdit(billing, { accountId, id: editIdOf(edit), batchesMax, batchRows: 2 })
  return world.api.get(`/subscription-edits/${edit.text('data.id')}`)
}

/** A review whose request does two rows of it: what a long one is. */
async function beginReview(world: ScenarioWorld, body: object | Answer): Promise<Answer> {
  const { billing } = world.house.service
  const { clockHeldAt, ...scope } = await loadScope(billing, world.accountId)
  assert.ok(clockHeldAt !== null)
  const context = contextOf(billing, { ...scope, request: null, runId: null }, clockHeldAt)
  const decision =
    'status' in body
      ? await previewUndo(context, editIdOf(body), { rowsMax: 2 })
      : await previewEdit(context, readEditJson(context, body), { rowsMax: 2 })
  assert.ok(decision.kind === 'accepted')
  return world.api.get(`/subscription-edits/${encodeId('subscription_edit', decision.value.id)}`)
}

/** Goes on with it by two rows, in a process that dies then. */
async function reviewPart(world: ScenarioWorld, edit: Answer): Promise<Answer> {
  const dies = (): void => {
    throw new DatabaseOutage('the process dies')
  }
  const given = { accountId: world.accountId, id: editIdOf(edit), rowsMax: 2, onPart: dies }
  await assert.rejects(workOnReview(world.house.service.billing, given), DatabaseOutage)
  return world.api.get(`/subscription-edits/${edit.text('data.id')}`)
}

/** Confirmed by a process that dies before its first batch is written. */
async function confirmAndDie(world: ScenarioWorld, review: Answer): Promise<void> {
  const dying = await world.house.startService({
    onStep: (step) => {
      if (step === 'decided') throw new DatabaseOutage('the process dies')
    },
  })
  const path = `/v2/subscription-edits/${review.text('data.id')}/confirm`
  const answer = await fetch(`${dying.url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': world.api.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ review_token: review.text('data.review_token') }),
  })
  assert.equal(answer.status, 503)
  await dying.close()
}

scenario(
  'a run that dies goes on where it stopped, and changes nothing twice',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    await sellTo(shop, ['Ada', 'Bob', 'Dan', 'Eve', 'Tia'])
    const review = await preview(world, { actions: EXTEND })
    await confirmAndDie(world, review)
    await world.expects(['subscription_edit.confirmed'])

    const first = await work(world, review, 1)
    assert.deepEqual(
      [countsOf(first), first.at('data.progress_percent')],
      ['3 planned, 2 changed', 40],
    )
    await world.expects(['subscription.updated', 'subscription.updated'])
    const path = `/subscription-edits/${review.text('data.id')}`
    assert.equal((await world.api.post(`${path}/pause`)).at('data.status'), 'paused')
    assert.equal(countsOf(await work(world, review, 9)), '3 planned, 2 changed')
    await world.api.post(`${path}/resume`)
    // What has been confirmed is done before the clock moves on, where no worker has done it.
    await world.goTo('2031-05-07', {
      events: [...Array<string>(3).fill('subscription.updated'), 'subscription_edit.completed'],
    })
    const done = await world.api.get(path)
    assert.deepEqual([done.at('data.status'), countsOf(done)], ['done', '5 changed'])
    assert.equal((await world.api.call('POST', `${path}/cancel`)).status, 409)
  },
)

scenario(
  'a long review goes on after its request and after a death, and finds each subscription once',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const [ada, bob, dan, eve, tia] = await sellTo(shop, ['Ada', 'Bob', 'Dan', 'Eve', 'Tia'])
    assert.ok(ada !== undefined && bob !== undefined && dan !== undefined)
    assert.ok(eve !== undefined && tia !== undefined)
    const who = { Ada: ada, Bob: bob, Dan: dan, Eve: eve, Tia: tia }
    const asked = { actions: EXTEND, filters: { subscription_profile_ids: [shop.profileId] } }
    const atOnce = await preview(world, asked)
    const long = await beginReview(world, asked)
    const told = (edit: Answer) =>
      [countsOf(edit), ...['status', 'progress_percent', 'matching'].map((name) => edit.at(`data.${name}`))].join() // prettier-ignore
    assert.equal(told(long), '2 planned,previewing,40,5')
    assert.equal(long.at('data.review_token'), null)
    const path = `/subscription-edits/${long.text('data.id')}`
    const early = await world.api.call('POST', `${path}/confirm`, { body: { review_token: '' } })
    assert.equal(early.status, 409)
    assert.equal((await world.api.call('POST', `${path}/undo`)).status, 409)

    assert.equal(told(await reviewPart(world, long)), '4 planned,previewing,80,5')
    await operate(world, ada, 'edit', { next_renewal_at: '2031-06-20' }) // behind all others: not found again
    await world.expects(['subscription.updated'])
    // What has been begun is reviewed before the clock moves on, where no worker has done it.
    await world.goTo('2031-05-06 12:00')
    const review = await world.api.get(path)
    assert.equal(told(review), '5 planned,draft,0,5')
    assert.deepEqual(review.at('data.totals'), atOnce.at('data.totals'))
    assert.deepEqual(
      await rowsOf(world, review, who),
      Object.keys(who).map((name) => `${name}: planned`),
    )
    const four = Array<string>(4).fill('subscription.updated')
    const done = await confirmAndExpect(world, review, four)
    assert.equal(countsOf(done), '4 changed, 1 skipped')

    const undo = await beginReview(world, done)
    assert.equal(told(undo), '2 planned,previewing,50,4')
    const stopped = await world.api.post(`/subscription-edits/${undo.text('data.id')}/cancel`)
    assert.equal(told(stopped), '2 unchanged,canceled,0,4')
    await world.expects(['subscription_edit.canceled'])
    const again = await reviewPart(world, await beginReview(world, done))
    assert.equal(told(again), '4 planned,previewing,99,4')
    await world.goTo('2031-05-06 18:00')
    const taken = await world.api.get(`/subscription-edits/${again.text('data.id')}`)
    assert.equal(countsOf(await confirmAndExpect(world, taken, four)), '4 changed')
  },
)

scenario('a run that is canceled leaves the rest alone', IN_2031, async (world) => {
  const shop = await openShop(world)
  const [ada, bob, dan] = await sellTo(shop, ['Ada', 'Bob', 'Dan'])
  assert.ok(ada !== undefined && bob !== undefined && dan !== undefined)
  const review = await preview(world, { actions: EXTEND })
  await confirmAndDie(world, review)
  await work(world, review, 1)
  const canceled = await world.api.post(`/subscription-edits/${review.text('data.id')}/cancel`)
  assert.equal(countsOf(canceled), '2 changed, 1 unchanged')
  assert.deepEqual(await rowsOf(world, canceled, { Ada: ada, Bob: bob, Dan: dan }), [
    'Ada: changed',
    'Bob: changed',
    'Dan: unchanged run_canceled',
  ])
  await world.expects([
    'subscription_edit.confirmed',
    'subscription.updated',
    'subscription.updated',
    'subscription_edit.canceled',
  ])
  const undo = await world.api.post(`/subscription-edits/${review.text('data.id')}/undo`)
  assert.equal(countsOf(undo), '2 planned')
})

scenario('a row that cannot be written fails alone, and says why', IN_2031, async (world) => {
  const shop = await openShop(world)
  const [ada, bob, dan] = await sellTo(shop, ['Ada', 'Bob', 'Dan'])
  assert.ok(ada !== undefined && bob !== undefined && dan !== undefined)
  await bob.change({ amount_minor: 50_00 })
  await dan.change({ amount_minor: 50_00 })
  await world.expects(['subscription.updated', 'subscription.updated'])
  const review = await preview(world, { actions: [{ type: 'adjust_amount', amount_minor: 1_11 }] })
  // The database takes the amount that both would have from one alone.
  const { schema } = world.house.database.kysely
  const one = schema.createIndex('such_amount_once').on('subscriptions').column('amount_minor')
  await one.unique().where('amount_minor', '=', 51_11).execute()
  const done = await confirmAndExpect(world, review, [
    'subscription.updated',
    'subscription.updated',
  ])
  await schema.dropIndex('such_amount_once').execute()
  assert.equal(countsOf(done), '2 changed, 1 failed')
  const failed = await world.api.get(
    `/subscription-edits/${done.text('data.id')}/rows?result=failed`,
  )
  assert.equal(failed.at('data.0.subscription_id'), dan.id)
  assert.match(failed.text('data.0.reason.message'), /such_amount_once/)
  assert.equal((await ada.show()).at('data.amount_minor'), PRICE_MINOR + 1_11)
})

scenario(
  'what is being renewed, has ended or says otherwise is left alone, with the reason',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const [ada, bob] = await sellTo(shop, ['Ada', 'Bob'])
    assert.ok(ada !== undefined && bob !== undefined)
    const pia = await world.subscribe({ who: 'Pia', priceMinor: 10_00 })
    await operate(world, ada, 'edit', { custom_profile: { occurrences: 3 } })
    await operate(world, bob, 'suspend')
    await world.expects([
      'subscription.updated',
      'subscription_profile.created',
      'subscription.paused',
    ])
    const eve = await world.subscribe({
      who: 'Eve',
      card: card.bankAccount,
      terms: { subscription_profile_id: shop.profileId },
      events: PAID_START.filter((type) => !type.endsWith('.paid') && !type.startsWith('payment.')),
    })
    const who = { Ada: ada, Bob: bob, Pia: pia, Eve: eve }
    const weekly = await createProfile(world, {
      name: 'Weekly',
      frequency: { kind: 'unit', unit: 'week', count: 1 },
    })
    const actions = [
      { type: 'set_next_renewal', at: '2031-05-02' },
      { type: 'set_subscription_profile', subscription_profile_id: weekly },
      {
        type: 'set_forced_gateway',
        gateway_id: (await world.api.get('/gateways')).text('data.2.id'),
      },
    ]
    const review = await preview(world, { actions })
    assert.deepEqual(await rowsOf(world, review, who), [
      'Ada: planned',
      'Bob: planned',
      'Eve: skipped renewal_in_progress',
      'Pia: planned',
    ])
    const warnings = review.at('data.segments.0.warnings')
    assert.ok(Array.isArray(warnings))
    assert.deepEqual(
      warnings
        .map((warning: { code: string; count: number }) => `${warning.code} ${warning.count}`)
        .toSorted(),
      [
        'cannot_be_undone 2',
        'custom_profile_discarded 1',
        'date_of_suspended 1',
        'next_renewal_in_past 1',
        'no_fallback 3',
      ],
    )
    await confirmAndExpect(world, review, [
      ...Array<string>(3).fill('subscription.updated'),
      ...Array<string>(3).fill('subscription.routing_changed'),
      'subscription_profile.updated',
    ])
    assert.equal(await standing(bob), 'paused 2031-05-03')
    await world.goTo('2031-05-03 00:01', { events: { Ada: PAID_RENEWAL, Pia: PAID_RENEWAL } })
    const own = await preview(world, {
      filters: { statuses: ['paused'] },
      actions: [{ type: 'suspend' }],
    })
    assert.deepEqual(await rowsOf(world, own, who), ['Bob: skipped subscription_state_invalid'])
    const none = await preview(world, { filters: { currencies: ['EUR'] }, actions: EXTEND })
    assert.deepEqual([countsOf(none), none.at('data.totals')], ['', []])
    assert.equal((await confirmStatus(world, none)).status, 409)
  },
)

function confirmStatus(world: ScenarioWorld, review: Answer): Promise<Answer> {
  const review_token = review.text('data.review_token')
  const path = `/subscription-edits/${review.text('data.id')}/confirm`
  return world.api.call('POST', path, { body: { review_token } })
}

scenario(
  'bad input is refused by the name of its field, and keeps no draft',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const other = await world.otherWorld()
    const foreign = await createProfile(other)
    await world.api.patch(`/subscription-profiles/${shop.profileId}`, { enabled: false })
    await world.expects(['subscription_profile.updated'])
    const act = (...actions: readonly object[]) => ({ actions })
    const table: readonly (readonly [object, string, status?: number])[] = [
    [{ filter: {} }, 'filter'],
    [{ filters: { product: 'prod_1' } }, 'filters.product'],
    [{ filters: { statuses: ['ended'] } }, 'filters.statuses[0]'],
    [{ filters: { statuses: ['canceled'] } }, 'filters.statuses[0]'],
    [{ filters: { customer_ids: ['sub_01h455vb4pex5vsknk084sn02q'] } }, 'filters.customer_ids[0]'],
    [{ filters: { next_renewal_from: 'soon' } }, 'filters.next_renewal_from'],
    [{ filters: { created_from: '2031-02-02', created_to: '2031-02-01' } }, 'filters.created_to'],
    [{ filters: { amount_min_minor: 2, amount_max_minor: 1 } }, 'filters.amount_max_minor'],
    [{ filters: { currencies: ['XXY'] } }, 'filters.currencies[0]'],
    [{ segment_by: 'colour' }, 'segment_by'],
    [{ segment_by: 'trial', segments: [{ actions: [] }] }, 'segments[0].value'],
    [{ segment_by: 'trial', segments: [{ value: 'yes', actions: [] }] }, 'segments[0].value'],
    [{ segments: [{ value: null, actions: [] }, { value: null, actions: [] }] }, 'segments[1].value'],
    [{ ...act(), segments: [] }, 'actions'],
    [{ ...act(), segment_by: 'status' }, 'actions'],
    [{ limit: 0 }, 'limit'],
    [act({ type: 'explode' }), 'actions[0].type'],
    [act({ type: 'extend_next_renewal' }), 'actions[0].days'],
    [act({ type: 'extend_next_renewal', days: 0 }), 'actions[0].days'],
    [act({ type: 'extend_next_renewal', days: 1.5 }), 'actions[0].days'],
    [act({ type: 'suspend', days: 1 }), 'actions[0].days'],
    [act({ type: 'set_next_renewal', at: 'tomorrow' }), 'actions[0].at'],
    [act({ type: 'set_amount', amount_minor: -1 }), 'actions[0].amount_minor'],
    [act({ type: 'adjust_amount', amount_minor: 1, rate_bps: 1 }), 'actions[0].amount_minor'],
    [act({ type: 'suspend' }, { type: 'cancel' }), 'actions[1].type'],
    [act({ type: 'set_forced_gateway', gateway_id: 'gw_01h455vb4pex5vsknk084sn02q' }), 'actions[0].gateway_id', 404],
    [act({ type: 'set_subscription_profile', subscription_profile_id: foreign }), 'actions[0].subscription_profile_id', 404],
    [act({ type: 'set_subscription_profile', subscription_profile_id: shop.profileId }), 'actions[0].subscription_profile_id'],
    [
      { segment_by: 'trial', segments: [{ value: true, actions: [...EXTEND, { type: 'shorten_next_renewal', days: 2 }] }] },
      'segments[0].actions[1].type',
    ],
  ] // prettier-ignore
    const before = await world.house.countRows()
    for (const [body, param, status = 400] of table) {
      const answer = await world.api.call('POST', '/subscription-edits', { body })
      assert.equal(answer.status, status, JSON.stringify(body))
      assert.equal(answer.at('error.param'), param, JSON.stringify([body, answer.body]))
    }
    assert.deepEqual(await world.house.countRows(), before)
    await other.expects([])
  },
)

scenario(
  'an edit is nobody else’s, and a review that is a day old is none any more',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    await sellTo(shop, ['Ada'])
    const review = await preview(world, { actions: [{ type: 'cancel', reason: 'closing down' }] })
    assert.deepEqual(await changesOf(world, review), [
      'status active -> canceled',
      'next_renewal_at 2031-06-01 -> null',
    ])
    const other = await world.otherWorld()
    const id = review.text('data.id')
    const review_token = review.text('data.review_token')
    const calls = ['', '/rows'].map((path) =>
      other.api.call('GET', `/subscription-edits/${id}${path}`),
    )
    const moves = ['confirm', 'pause', 'resume', 'cancel', 'undo'].map((move) =>
      other.api.call('POST', `/subscription-edits/${id}/${move}`, { body: { review_token } }),
    )
    for (const answer of await Promise.all([...calls, ...moves])) assert.equal(answer.status, 404)
    const undone = await world.api.call('POST', `/subscription-edits/${id}/undo`)
    assert.equal(undone.status, 409)
    await world.goTo('2031-05-03 00:01')
    assert.equal((await confirmStatus(world, review)).status, 409)
    const again = await preview(world, { actions: [{ type: 'cancel', reason: 'closing down' }] })
    const done = await confirm(world, again)
    await world.expects([
      'subscription_edit.confirmed',
      'subscription.canceled',
      'subscription_edit.completed',
    ])
    assert.equal(
      countsOf(await world.api.post(`/subscription-edits/${done.text('data.id')}/undo`)),
      '1 skipped',
    )
  },
)

/** Its events bear the real time of its own process, and are not looked for in the world's. */
const CLI = join(import.meta.dirname, '../../packages/cli/src/main.ts')

scenario(
  'the command line reviews an edit, does it, tells of it and takes it back',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const [ada] = await sellTo(shop, ['Ada'])
    assert.ok(ada !== undefined)
    const renewsAt = async () => (await ada.show()).at('data.profile.next_renewal_at')
    const before = await renewsAt()
    const account = encodeId('account', world.accountId)
    const run = async (words: readonly string[], input = ''): Promise<Answer> => {
      const args = [CLI, 'subscription-edits', ...words, '--account', account, '--json']
      const env = { ...process.env, DATABASE_URL: world.house.databaseUrl }
      const done = promisify(execFile)(process.execPath, args, { env })
      done.child.stdin?.end(input)
      return toAnswer(200, {}, { data: JSON.parse((await done).stdout) })
    }
    const apply = (review: Answer) =>
      run(['confirm', review.text('data.id'), '--token', review.text('data.review_token')])

    const review = await run(['preview', '-'], JSON.stringify({ filters: {}, actions: EXTEND }))
    assert.deepEqual([review.at('data.status'), countsOf(review)], ['draft', '1 planned'])
    assert.equal(await renewsAt(), before)
    await world.expects([])
    assert.equal(countsOf(await apply(review)), '1 changed')
    const shown = await run(['show', review.text('data.id')])
    assert.deepEqual([shown.at('data.status'), shown.at('data.rows.0.result')], ['done', 'changed'])
    assert.notEqual(await renewsAt(), before)

    assert.equal(countsOf(await apply(await run(['undo', review.text('data.id')]))), '1 changed')
    assert.equal(await renewsAt(), before)
    await assert.rejects(apply(review), /./)
  },
)
