import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../testing/test-card-world.ts'

let shop: BillingShop
const gateways = { amber: '', birch: '' }
before(async () => {
  shop = await startBillingShop()
  const listed = await shop.request('GET', '/gateways')
  for (const index of [0, 1]) {
    const code = listed.text(`data.${index}.code`)
    assert.ok(code === 'amber' || code === 'birch')
    gateways[code] = listed.text(`data.${index}.id`)
  }
})
after(() => shop.close())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const patch = (path: string, body: object) => shop.request('PATCH', path, { body })

function cascade(...codes: readonly (keyof typeof gateways)[]) {
  return codes.map((code) => ({ kind: 'gateway', gateway_id: gateways[code] }))
}

const twoSteps = () => ({
  kind: 'basic',
  steps: [
    { source: 'cascade', entries: cascade('amber', 'birch') },
    { source: 'gateway', entries: cascade('birch'), amount: { kind: 'percent', percent: 50 } },
  ],
})

let made = 0
const newName = () => `profile ${(made += 1)}`

test('a gateway group is made, changed and listed, and knows only gateways of its account', async () => {
  const created = await post('/gateway-groups', {
    name: 'Cards',
    choice: 'round_robin',
    gateway_ids: [gateways.birch, gateways.amber],
  })
  assert.equal(created.status, 201)
  assert.partialDeepStrictEqual(created.at('data'), {
    object: 'gateway_group',
    name: 'Cards',
    enabled: true,
    choice: 'round_robin',
    gateway_ids: [gateways.birch, gateways.amber],
    version: 1,
  })
  const id = created.text('data.id')
  const changed = await patch(`/gateway-groups/${id}`, { enabled: false })
  assert.deepEqual([changed.at('data.enabled'), changed.at('data.version')], [false, 2])
  const listed = await shop.request('GET', '/gateway-groups')
  assert.deepEqual([listed.at('object'), listed.at('data.0.id')], ['list', id])

  const taken = await post('/gateway-groups', { name: 'CARDS', gateway_ids: [gateways.amber] })
  assert.deepEqual([taken.status, taken.at('error.param')], [400, 'name'])
  const other = await shop.createOtherAccount()
  const unknown = await shop.request('POST', '/gateway-groups', {
    apiKey: other.sandbox.apiKey,
    body: { name: 'Theirs', gateway_ids: [gateways.amber] },
  })
  assert.deepEqual([unknown.status, unknown.at('error.param')], [404, 'gateway_ids[0]'])
  const hidden = await shop.request('GET', `/gateway-groups/${id}`, {
    apiKey: other.sandbox.apiKey,
  })
  assert.equal(hidden.status, 404)
})

test('a weighted group has one weight for each gateway, and loses them with its choice', async () => {
  const ids = [gateways.amber, gateways.birch]
  const group = { name: 'Shares', choice: 'weighted', gateway_ids: ids }
  const refusals = [
    { weights: undefined },
    { weights: [70] },
    { weights: [70, 0] },
    { weights: [70, 30], choice: 'sort_order' },
  ]
  for (const wrong of refusals) {
    const refused = await post('/gateway-groups', { ...group, ...wrong })
    assert.equal(refused.status, 400, JSON.stringify(wrong))
    assert.match(refused.text('error.param'), /^weights/)
  }
  const created = await post('/gateway-groups', { ...group, weights: [70, 30] })
  assert.deepEqual([created.status, created.at('data.weights')], [201, [70, 30]])
  const id = created.text('data.id')
  const path = `/gateway-groups/${id}`
  const fewer = await patch(path, { gateway_ids: [gateways.amber] })
  assert.deepEqual([fewer.status, fewer.at('error.param')], [400, 'weights'])

  const simulated = await post('/payment-profiles/simulate', {
    charge: { amount: 4000, currency: 'usd', payment_method: { brand: 'visa' } },
    definition: {
      kind: 'basic',
      steps: [{ source: 'cascade', entries: [{ kind: 'group', group_id: id }] }],
    },
  })
  const reasons = simulated.at('data.steps.0.reasons') as { readonly text: string }[]
  assert.deepEqual(
    reasons.slice(1, 3).map(({ text }) => text),
    ['amber has weight 70.', 'birch has weight 30.'],
  )
  assert.match(reasons[3]?.text ?? '', /^(amber|birch) is chosen by its weight in group Shares\.$/)

  const inOrder = await patch(path, { choice: 'sort_order' })
  assert.deepEqual([inOrder.status, inOrder.at('data.weights')], [200, null])
})

test('a payment profile comes back as it was given, and each change is another version', async () => {
  const created = await post('/payment-profiles', { name: newName(), definition: twoSteps() })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  assert.deepEqual(created.at('data.definition'), twoSteps())
  const id = created.text('data.id')
  const same = await patch(`/payment-profiles/${id}`, { definition: twoSteps() })
  assert.equal(same.at('data.version'), 1)
  const entries = cascade('amber')
  const changed = await patch(`/payment-profiles/${id}`, {
    definition: { kind: 'cascade', entries },
  })
  assert.equal(changed.at('data.version'), 2)
  assert.equal(await shop.count('payment_profile_versions'), 2)
  const clone = await post(`/payment-profiles/${id}/clone`, { name: newName() })
  assert.deepEqual(clone.at('data.definition'), changed.at('data.definition'))
  assert.notEqual(clone.at('data.id'), id)
})

/** A way of so many nodes from the start to a charge. */
function longFlow(count: number): readonly object[] {
  const next = (index: number) => ({ outputs: { next: `n${index + 1}` } })
  const inserts = Array.from({ length: count - 3 }, (_, at) => {
    const index = at + 1
    return { id: `n${index}`, type: 'action_insert_metadata', key: 'k', value: 'v', ...next(index) }
  })
  const choose = { type: 'action_choose_gateway', pick: 'sort_order', entries: cascade('amber') }
  return [
    { id: 'n0', type: 'start_payment_request', ...next(0) },
    ...inserts,
    { id: `n${count - 2}`, ...choose, ...next(count - 2) },
    { id: `n${count - 1}`, type: 'action_process_payment' },
  ]
}

test('a flow of 25 nodes in a row is taken', async () => {
  const definition = { kind: 'flow', nodes: longFlow(25) }
  const created = await post('/payment-profiles', { name: newName(), definition })
  assert.equal(created.status, 201, JSON.stringify(created.body))
})

test('a profile that is wrong is refused with the path of everything that is wrong', async () => {
  const rows: readonly (readonly [object, readonly string[]])[] = [
    [{ kind: 'basic' }, ['definition.steps']],
    [{ kind: 'basic', steps: [] }, ['definition.steps']],
    [
      { kind: 'basic', steps: [{ source: 'gateway', entries: [{ kind: 'gateway' }] }] },
      ['definition.steps[0].entries[0].gateway_id'],
    ],
    [
      {
        kind: 'basic',
        prefers_last_success: true,
        steps: [{ source: 'gateway', entries: cascade('amber') }],
      },
      ['definition.prefers_last_success'],
    ],
    [
      {
        kind: 'flow',
        nodes: [
          { id: 's', type: 'start_payment_request', outputs: { next: 'x', passed: 'y' } },
          { id: 'c', type: 'filter_metadata', operator: 'at_least' },
        ],
      },
      [
        'definition.nodes[0].outputs.passed',
        'definition.nodes[1].key',
        'definition.nodes[1].operator',
      ],
    ],
    [
      {
        kind: 'flow',
        nodes: [
          { id: 's', type: 'start_payment_request', outputs: { next: 'p' } },
          { id: 'p', type: 'action_process_payment' },
        ],
      },
      ['definition.nodes'],
    ],
    [{ kind: 'flow', nodes: longFlow(26) }, ['definition.nodes']],
    // What is meant for another kind is not left out unseen.
    [
      {
        kind: 'cascade',
        entries: [{ ...cascade('amber')[0], group_id: 'gwg_01m855755we5vantztyb4jsxt5' }],
        prefers_last_success: true,
      },
      ['definition.entries[0].group_id', 'definition.prefers_last_success'],
    ],
    [
      {
        kind: 'basic',
        methods: 'all',
        steps: [
          { entries: cascade('amber') },
          { entries: cascade('birch'), amount: { kind: 'full', percent: 50 } },
        ],
      },
      ['definition.methods', 'definition.steps[1].amount.percent'],
    ],
    [
      {
        kind: 'flow',
        nodes: [
          { id: 's', type: 'start_payment_request', outputs: { next: 'c' }, currencies: ['USD'] },
          { ...longFlow(3)[1], id: 'c', outputs: { next: 'p' }, amount: { kind: 'full' } },
          { id: 'p', type: 'action_process_payment' },
        ],
      },
      ['definition.nodes[0].currencies', 'definition.nodes[1].amount'],
    ],
  ]
  for (const [definition, paths] of rows) {
    const refused = await post('/payment-profiles', { name: newName(), definition })
    assert.equal(refused.status, 400)
    assert.deepEqual(Object.keys(refused.at('error.details.fields') ?? {}).toSorted(), paths)
  }
})

test('nothing that is used can be deleted', async () => {
  const group = await post('/gateway-groups', { name: 'Used', gateway_ids: [gateways.amber] })
  const groupId = group.text('data.id')
  const bins = await post('/bin-profiles', { name: 'Used', bins: ['424242'] })
  const binId = bins.text('data.id')
  const entries = [{ kind: 'group', group_id: groupId, rules: { bin_profile_ids: [binId] } }]
  const name = newName()
  const definition = { kind: 'cascade', entries }
  const profile = await post('/payment-profiles', { name, definition })
  const id = profile.text('data.id')
  for (const path of [`/gateway-groups/${groupId}`, `/bin-profiles/${binId}`]) {
    const refused = await shop.request('DELETE', path)
    assert.deepEqual([refused.status, refused.at('error.code')], [400, 'resource_in_use'])
    assert.ok(refused.text('error.message').includes(name))
  }
  const settings = { default_payment_profile_id: id }
  assert.equal((await patch('/account', { settings })).status, 200)
  assert.equal((await shop.request('DELETE', `/payment-profiles/${id}`)).status, 400)
  await patch('/account', { settings: { default_payment_profile_id: null } })
  assert.equal((await shop.request('DELETE', `/payment-profiles/${id}`)).status, 200)
  assert.equal((await shop.request('DELETE', `/gateway-groups/${groupId}`)).status, 200)
  const wrong = { default_payment_profile_id: id }
  const refused = await patch('/account', { settings: wrong })
  assert.deepEqual(
    [refused.status, refused.at('error.param')],
    [404, 'settings.default_payment_profile_id'],
  )
})

test('BINs are read from a CSV file, and a line that is none is named', async () => {
  const csv = 'country;bin\nGB;424242\nUS;400000-400099\n'
  const created = await post('/bin-profiles', { name: 'From a file', csv })
  assert.deepEqual(created.at('data.bins'), ['424242', '400000-400099'])
  const wrong = await patch(`/bin-profiles/${created.text('data.id')}`, { bins: ['424242', '4x'] })
  assert.deepEqual([wrong.status, wrong.at('error.param')], [400, 'bins[1]'])
})

test('a simulation tells every step of a charge and why, and charges nothing', async () => {
  const profile = await post('/payment-profiles', { name: newName(), definition: twoSteps() })
  const charge = { amount: 4000, currency: 'usd', payment_method: { brand: 'visa' } }
  const path = `/payment-profiles/${profile.text('data.id')}/simulate`
  const answer = await post(path, { charge })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const steps = answer.at('data.steps')
  assert.ok(Array.isArray(steps))
  assert.deepEqual(
    steps.map((step) => [step.gateway_id, step.amount, step.stop_code]),
    [
      [gateways.amber, 4000, null],
      [gateways.birch, 2000, null],
      [null, null, 'declined'],
    ],
  )
  assert.deepEqual(
    steps[0].reasons.map((reason: { text: string }) => reason.text),
    ['Step 1 begins.', 'amber is chosen by cascade order.', 'Not needed: birch.'],
  )
  const approved = await post(path, { charge: { ...charge, outcomes: [{ kind: 'approved' }] } })
  assert.equal(approved.at('data.steps.1.stop_code'), 'approved')
  const outcomes = [{ kind: 'declined' }, { kind: 'declined', code: 'insuficient_funds' }]
  const misspelt = await post(path, { charge: { ...charge, outcomes } })
  assert.deepEqual([misspelt.status, misspelt.at('error.param')], [400, 'charge.outcomes[1].code'])
  const short = await post(path, { charge: { ...charge, payment_method: { bin: '4242' } } })
  assert.deepEqual([short.status, short.at('error.param')], [400, 'charge.payment_method.bin'])
  const unsaved = await post('/payment-profiles/simulate', {
    charge: { ...charge, forced_gateway_id: gateways.birch },
    definition: twoSteps(),
  })
  assert.equal(unsaved.at('data.steps.0.gateway_id'), gateways.birch)
  const unknown = await post('/payment-profiles/simulate', {
    charge,
    definition: { kind: 'basic' },
  })
  assert.equal(unknown.at('error.param'), 'definition.steps')
  const wrong = [
    [{}, 'definition.entries[0].gateway_id', 'An entry of kind gateway needs gateway_id.'],
    [{ gateway_id: 7 }, 'definition.entries[0].gateway_id', null],
    [
      { gatewayId: gateways.amber, rules: { minAmountMinor: 5, maxAmountMinor: 1 } },
      'definition.entries[0].rules.maxAmountMinor',
      null,
    ],
    [
      { gateway_id: gateways.amber, rules: { binProfileIds: ['nope'] } },
      'definition.entries[0].rules.binProfileIds[0]',
      null,
    ],
  ] as const
  for (const [entry, param, message] of wrong) {
    const definition = { kind: 'cascade', entries: [{ kind: 'gateway', ...entry }] }
    const refused = await post('/payment-profiles', { name: newName(), definition })
    assert.deepEqual([refused.status, refused.at('error.param')], [400, param])
    const told = refused.text('error.message')
    assert.ok(message === null || told === message, told)
  }
  assert.equal((await shop.audit()).length, 0)
  assert.equal(await shop.count('routing_decisions'), 0)
})

test('what names a gateway that was archived can still be renamed and disabled', async () => {
  const gone = gateways.birch
  const group = await post('/gateway-groups', {
    name: 'With birch',
    gateway_ids: [gateways.amber, gone],
  })
  const entries = [...cascade('amber'), { kind: 'gateway', gateway_id: gone }]
  const definition = { kind: 'cascade', entries }
  const profile = await post('/payment-profiles', { name: newName(), definition })
  assert.deepEqual([group.status, profile.status], [201, 201])
  assert.equal((await shop.request('DELETE', `/gateways/${gone}`)).status, 200)

  for (const path of [
    `/gateway-groups/${group.text('data.id')}`,
    `/payment-profiles/${profile.text('data.id')}`,
  ]) {
    const changed = await patch(path, { name: newName(), enabled: false })
    assert.deepEqual([changed.status, changed.at('data.enabled')], [200, false])
  }
  // What is named anew has to be there.
  const ids = [gone, gateways.amber]
  const refused = await patch(`/gateway-groups/${group.text('data.id')}`, { gateway_ids: ids })
  assert.deepEqual([refused.status, refused.at('error.param')], [404, 'gateway_ids[0]'])
  const others = { kind: 'cascade', entries: entries.toReversed() }
  const path = `/payment-profiles/${profile.text('data.id')}`
  assert.equal((await patch(path, { definition: others })).status, 404)
})
