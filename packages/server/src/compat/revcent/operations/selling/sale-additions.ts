import { encodeId } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { code, nothing, pathId, strict } from '../../wire/fields.ts'

const params = strict({ sale_id: code('Id of the sale.') }, { description: 'Which sale.' })
const anything = Type.Object({}, { additionalProperties: true, description: 'Not looked at.' })

/** What is added to a cart there: a sale is made and charged in one here, so there is none to add to. */
function add(name: string, method: 'add_product_sale' | 'add_shipping' | 'add_tax'): Operation {
  return operation({
    name,
    summary: 'Refused: a sale is made with all its lines, and charged at once',
    method: 'POST',
    path: `/sales/:sale_id/${method}`,
    pair: { type: 'sale', method },
    scope: 'sales:write',
    schemas: { params, query: nothing, body: anything },
    handle: async ({ v2 }, { params: { sale_id: value } }) => {
      await v2.get(`/sales/${encodeId('sale', pathId(value, 'sale'))}`)
      throw new FaceRefusal(409, 'wrong_state', 'This sale was charged when it was made: nothing is added to it. Make another sale.') // prettier-ignore
    },
  })
}

export const saleAdditionOperations: readonly Operation[] = [
  add('AddProductSale', 'add_product_sale'),
  add('AddShippingToSale', 'add_shipping'),
  add('AddTaxToSale', 'add_tax'),
]
