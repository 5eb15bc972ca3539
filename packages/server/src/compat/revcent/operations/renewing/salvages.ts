import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import { idBounds } from '../../../../platform/lists/index.ts'
import { operation, type Caller, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { listSalvageIds, readSalvages, type FaceSalvage } from '../../queries/salvages.ts'
import { showSalvage } from '../../show/show-salvage.ts'
import { code, idAt, listQuery, nothing, pathId, strict, windowOf } from '../../wire/fields.ts'
import { toPage } from '../to-page.ts'
import { askWith, findCardKept, keepCardOfCall, type KeptCard } from '../selling/card-of-call.ts'
import { CreditCard } from '../selling/vault-card.ts'

const what = 'salvage transaction'
const params = strict({ salvage_transaction_id: code('Id of the salvage transaction.') })
const filters = { customer_filter: 'Ids of customers.' } as const

const ProcessBody = strict({
  gateway: Type.Optional(code('Default: the gateway of the first attempt.')),
  customer_card_id: Type.Optional(code('Default: the default card of the customer.')),
  payment: Type.Optional(strict({ credit_card: CreditCard })),
})

async function find({ context }: Caller, text: string): Promise<FaceSalvage> {
  const id = pathId(text, what)
  const [found] = await context.inTx((tx) => readSalvages(tx, context.accountId, [id]))
  if (found === undefined) throw FaceRefusal.notFound(what)
  return found
}

/** A card is made known to nobody for what cannot be charged any more. */
async function keepFor(
  caller: Caller,
  salvage: FaceSalvage,
  card: CreditCard,
): Promise<KeptCard | null> {
  const purpose = `salvage:${salvage.id}`
  if (salvage.status === 'ready')
    return keepCardOfCall(caller, { customerId: salvage.customerId, card, purpose })
  const id = await findCardKept(caller, purpose)
  return id === null ? null : { id, isNew: false }
}

const pathOf = (id: Uuid) => `/salvage-transactions/${encodeId('recovery_case', id)}`

export const salvageOperations: readonly Operation[] = [
  operation({
    name: 'GetSalvageTransactions',
    summary: 'List salvage transactions',
    method: 'GET',
    path: '/salvage_transactions',
    pair: { type: 'salvage_transaction', method: 'retrieve' },
    scope: 'recovery:read',
    schemas: { params: nothing, query: listQuery(filters), body: nothing },
    handle: async ({ context }, { query }) => {
      const window = windowOf(query)
      const customerIds = (query.customer_filter ?? []).map((value) => idAt('customer_filter', value)) // prettier-ignore
      const { accountId } = context
      const bounds = idBounds(context.environment, window)
      return context.inTx(async (tx) => {
        const ids = await listSalvageIds(tx, accountId, { filter: { customerIds }, window, bounds })
        const shown = ids.slice(0, window.limit)
        const found = await readSalvages(tx, accountId, shown)
        const inOrder = shown.flatMap((id) => found.find((one) => one.id === id) ?? [])
        return toPage({ query, ids, rows: inOrder.map(showSalvage) })
      })
    },
  }),
  operation({
    name: 'GetSalvageTransaction',
    summary: 'Show a salvage transaction',
    method: 'GET',
    path: '/salvage_transactions/:salvage_transaction_id',
    pair: { type: 'salvage_transaction', method: 'retrieve' },
    scope: 'recovery:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async (caller, { params: { salvage_transaction_id: text } }) => {
      const object = showSalvage(await find(caller, text))
      return { kind: 'object', idName: 'salvage_transaction_id', object }
    },
  }),
  operation({
    name: 'ProcessSalvageTransaction',
    summary: 'Try to collect a salvage transaction now',
    method: 'POST',
    path: '/salvage_transactions/:salvage_transaction_id/process',
    pair: { type: 'salvage_transaction', method: 'process' },
    scope: 'recovery:write',
    schemas: { params, query: nothing, body: ProcessBody },
    handle: async (caller, { params: { salvage_transaction_id: text }, body }) => {
      const { gateway, customer_card_id: cardCode, payment } = body
      if (cardCode !== undefined && payment !== undefined)
        throw FaceRefusal.invalid('Give customer_card_id or payment, not both.')
      const salvage = await find(caller, text)
      const known = cardCode === undefined ? null : idAt('customer_card_id', cardCode)
      const gatewayId = gateway === undefined ? salvage.gatewayId : idAt('gateway', gateway)
      const card =
        payment === undefined ? null : await keepFor(caller, salvage, payment.credit_card)
      const cardId = card?.id ?? known
      await askWith(caller, card, () =>
        caller.v2.send('POST', `${pathOf(salvage.id)}/attempt`, {
          ...(cardId === null ? {} : { payment_method_id: encodeId('payment_method', cardId) }),
          ...(gatewayId === null ? {} : { gateway_id: encodeId('gateway', gatewayId) }),
        }),
      )
      return { kind: 'action', fields: { salvage_transaction_id: text }, result: 'Salvage transaction processed.' } // prettier-ignore
    },
  }),
  operation({
    name: 'DisableSalvageTransaction',
    summary: 'Give a salvage transaction up',
    method: 'POST',
    path: '/salvage_transactions/:salvage_transaction_id/disable',
    pair: { type: 'salvage_transaction', method: 'disable' },
    scope: 'recovery:write',
    schemas: { params, query: nothing, body: nothing },
    handle: async (caller, { params: { salvage_transaction_id: text } }) => {
      const salvage = await find(caller, text)
      await caller.v2.send('POST', `${pathOf(salvage.id)}/cancel`)
      return { kind: 'action', fields: { salvage_transaction_id: text }, result: 'Salvage transaction disabled.' } // prettier-ignore
    },
  }),
]
