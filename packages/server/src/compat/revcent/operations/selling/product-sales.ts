import { encodeId, type Uuid } from '@perennial/core/ids'
import { toUnixSeconds } from '@perennial/core/time'
import Type from 'typebox'
import { operation, type Caller, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { findProductSale, type ProductSale } from '../../queries/sale-items.ts'
import { readRefunds, readTransactionsOf } from '../../queries/transactions.ts'
import { toMajor, toMinor } from '../../wire/amounts.ts'
import { codeOrNull, toCode } from '../../wire/codes.ts'
import { amount, code, nothing, pathId, strict } from '../../wire/fields.ts'
import { toMetadata } from '../../wire/metadata.ts'

const what = 'product sale'
const params = strict({ product_sale_id: code('Id of the product sale.') })
const RefundBody = strict({
  amount: Type.Optional(amount('How much; default all that the line cost.')),
})

async function need({ context }: Caller, text: string): Promise<ProductSale> {
  const id = pathId(text, what)
  const found = await context.inTx((tx) => findProductSale(tx, context.accountId, id))
  if (found === null) throw FaceRefusal.notFound(what)
  return found
}

function show(line: ProductSale) {
  const { currency } = line
  return {
    id: toCode(line.id),
    created_date_unix: toUnixSeconds(line.createdAt),
    sale: toCode(line.saleId),
    customer: toCode(line.customerId),
    product: codeOrNull(line.productId),
    subscription: codeOrNull(line.subscriptionId),
    name: line.description,
    quantity: Number(line.quantity),
    iso_currency: currency,
    amount: toMajor(line.amountMinor, currency),
    metadata: toMetadata(line.metadata),
  }
}

/** The payment of the sale that has so much left to give back, newest first (spec/revcent.md 10). */
async function paymentOf({ context }: Caller, line: ProductSale, minor: bigint): Promise<Uuid> {
  const { accountId } = context
  const paid = await context.inTx((tx) => readTransactionsOf(tx, accountId, [line.invoiceId]))
  const payment = paid.findLast(
    ({ status, amountMinor, refundedMinor }) =>
      status === 'succeeded' && amountMinor - refundedMinor >= minor,
  )
  if (payment !== undefined) return payment.id
  throw new FaceRefusal(409, 'wrong_state', 'No payment of its sale has so much left to give back. Void the sale, or refund less.') // prettier-ignore
}

export const productSaleOperations: readonly Operation[] = [
  operation({
    name: 'GetProductSale',
    summary: 'Show a product that was sold',
    method: 'GET',
    path: '/product_sales/:product_sale_id',
    pair: { type: 'product_sale', method: 'retrieve' },
    scope: 'sales:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async (caller, { params: { product_sale_id: text } }) => {
      const object = show(await need(caller, text))
      return { kind: 'object', idName: 'product_sale_id', object }
    },
  }),
  operation({
    name: 'RefundProductSale',
    summary: 'Refund a product that was sold, whole or in part',
    method: 'POST',
    path: '/product_sales/:product_sale_id/refund',
    pair: { type: 'product_sale', method: 'refund' },
    scope: 'refunds:write',
    schemas: { params, query: nothing, body: RefundBody },
    handle: async (caller, { params: { product_sale_id: text }, body }) => {
      const line = await need(caller, text)
      const { v2, context } = caller
      const { currency, invoiceId } = line
      const minor = body.amount === undefined ? line.amountMinor : toMinor(body.amount, currency, 'amount') // prettier-ignore
      if (minor <= 0n || minor > line.amountMinor)
        throw FaceRefusal.invalid('amount must be above 0, and not more than the line cost.')
      const payment = await paymentOf(caller, line, minor)
      const read = () => context.inTx((tx) => readRefunds(tx, context.accountId, [invoiceId]))
      const before = await read()
      await v2.send('POST', '/refunds', {
        payment_id: encodeId('transaction', payment),
        amount_minor: Number(minor),
        mode: 'delayed',
      })
      const made = (await read()).filter((one) => !before.some(({ id }) => id === one.id))
      return {
        kind: 'action',
        fields: {
          amount: toMajor(minor, currency),
          sale_id: toCode(line.saleId),
          product_sale_id: text,
          pending_refund: made.map(({ id }) => toCode(id)),
        },
        result: 'Product sale refunded.',
      }
    },
  }),
]
