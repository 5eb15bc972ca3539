import assert from 'node:assert/strict'
import { chargebackItem, startAdyenDouble } from '@perennial/testkit/gateway-doubles/adyen'
import { scenario } from '@perennial/testkit/scenario'
import { attachAdyenCard, connectAdyen, tellAdyen } from '../payments/adyen-merchant.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const TRACKING = { name: 'tracking.txt', content_type: 'text/plain', content_base64: base64('1Z') }
const PICTURE = { name: 'door.jpg', content_type: 'image/jpeg', content_base64: Buffer.from('\xff\xd8\xff x', 'latin1').toString('base64') } // prettier-ignore
const RECEIPT = {
  name: 'receipt.pdf',
  content_type: 'application/pdf',
  content_base64: base64('%PDF-1.7 a receipt'),
}

scenario(
  'evidence that the gateway would not take is refused with its limits, and a wrong piece is taken out again',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      await attachAdyenCard(world, double.addCard())
      await world.subscribe({ on: '2027-01-01', card: null })
      const [payment] = double.payments()
      assert(payment !== undefined)
      const raised = double.openDispute(payment.pspReference)
      const item = { ...chargebackItem(raised), eventCode: 'CHARGEBACK' }
      await tellAdyen(webhookUrl, [item], '2027-01-02T12:00:00+01:00')
      await world.expects(['dispute.created', 'payment.disputed'])
      const id = (await world.api.get('/disputes')).text('data.0.public_id')
      const add = (body: object) => world.api.call('POST', `/disputes/${id}/evidence`, { body })

      const text = await add({ text: 'It was delivered.' })
      assert.deepEqual([text.status, text.at('error.param')], [422, 'text'])
      assert.equal(
        text.at('error.message'),
        'This gateway takes no text: put it into a document (PDF, JPEG).',
      )
      const file = await add({ files: [TRACKING], submit: true })
      assert.equal(
        file.at('error.message'),
        'This gateway takes files of these kinds: PDF, JPEG. "tracking.txt" is none of them.',
      )

      await add({ files: [PICTURE] })
      const wrong = (await world.api.get(`/disputes/${id}/evidence`)).text('data.0.id')
      const removed = await world.api.call('DELETE', `/disputes/${id}/evidence/${wrong}`)
      assert.equal(removed.status, 200)
      const answered = await add({ files: [RECEIPT], submit: true })
      assert.deepEqual([answered.status, answered.at('data.status')], [200, 'under_review'])
      await world.expects(['Ada: dispute.updated'])
      assert.deepEqual(raised.documents, ['%PDF-1.7 a receipt'])
      const kept = await world.api.get(`/disputes/${id}/evidence`)
      assert.deepEqual([kept.at('data.0.name'), kept.at('data.length')], ['receipt.pdf', 1])
    } finally {
      await double.close()
    }
  },
)
