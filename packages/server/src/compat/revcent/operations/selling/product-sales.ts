import { encodeId } from '@perennial/core/ids'
import { toUnixSeconds } from '@perennial/core/time'
import { operation, type Caller, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { findProductSale, type ProductSale } from '../../queries/sale-items.ts'
import { toMajor } from '../../wire/amounts.ts'
import { codeOrNull, toCode } from '../../wire/codes.ts'
import { code, nothing, pathId, strict } from '../../wire/fields.ts'
import { toMetadata } from '../../wire/metadata.ts'
import { RefundBody, showRefunds, wishOf } from '../refund.ts'

const what = 'product sale'
const params = strict({ product_sale_id: code('Id of the product sale.') })
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
      const path = `/invoices/${encodeId('invoice', line.invoiceId)}/refund`
      const wish = {
        line_item_id: encodeId('invoice_line', line.id),
        ...wishOf(body, line.currency),
      }
      const answer = await caller.v2.send('POST', path, wish)
      return {
        kind: 'action',
        fields: {
          ...showRefunds(answer, line.currency),
          sale_id: toCode(line.saleId),
          product_sale_id: text,
        },
        result: 'Product sale refunded.',
      }
    },
  }),
]
