import assert from 'node:assert/strict'
import { COLLECTED, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

// A renewal's answer comes a moment after its charge, and is settled on what is still in memory of it. In these
// scenarios something is written in that moment.

/** Renews at that date; `happens` when the charges have been answered and nothing is settled yet. */
async function renewWhile(
  world: ScenarioWorld,
  on: string,
  happens: () => Promise<unknown>,
): Promise<void> {
  const onStep = async (step: string): Promise<void> => {
    if (step === 'sent') await happens()
  }
  await world.renewAt(on, await world.house.startService({ onStep }))
}

const CHARGED = ['invoice.created', 'invoice.finalized']
const NOTE = { metadata: { note: 'written meanwhile' } }

/** The note on the object of the last event of that type. */
async function noteTold(world: ScenarioWorld, type: string): Promise<unknown> {
  const events = await world.api.get(`/events?type=${type}&limit=1`)
  return events.at('data.0.data.object.metadata.note')
}

scenario(
  'a subscription that changes while it is charged tells so when it is paid',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-10' })
    await renewWhile(world, '2027-02-10', () => ada.change(NOTE))
    await world.expects([...CHARGED, 'subscription.updated', ...COLLECTED])
    assert.equal(await noteTold(world, 'subscription.renewed'), NOTE.metadata.note)
  },
)

scenario('an invoice that changes while it is charged tells so when it is paid', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await renewWhile(world, '2027-02-10', async () => {
    const invoices = await ada.invoices()
    await world.api.patch(`/invoices/${invoices.at(-1)?.id}`, NOTE)
  })
  await world.expects([...CHARGED, 'invoice.updated', ...COLLECTED])
  assert.equal(await noteTold(world, 'invoice.paid'), NOTE.metadata.note)
})

scenario(
  'a subscription that is canceled while it is charged does not fall past due',
  async (world) => {
    const ada = await world.subscribe({
      on: '2027-01-10',
      card: 'tok_decline_after_1_do_not_honor',
    })
    await renewWhile(world, '2027-02-10', () => ada.cancel('immediately'))
    const refused = ['payment.failed', 'invoice.payment_failed']
    await world.expects([...CHARGED, 'subscription.canceled', ...refused])
    assert.equal(await ada.status(), 'canceled')
  },
)
