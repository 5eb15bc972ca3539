import { owedMinor, type Invoice } from '../../invoices/index.ts'
import type { RoutedBill } from '../charges/route-charge.ts'
import type { SoldState } from '../state/sold-state.ts'

/** The bill of a sale as its routing sees it. */
export function soldBillOf(
  { sale, lines }: Pick<SoldState, 'sale' | 'lines'>,
  {
    invoice,
    ...asked
  }: { readonly invoice: Invoice } & Pick<
    RoutedBill,
    'attemptsMade' | 'at' | 'isCustomerPresent' | 'cards'
  >,
): RoutedBill {
  const { campaign } = sale
  return {
    ...asked,
    owedMinor: owedMinor(invoice),
    currency: invoice.currency,
    requestType: sale.status === 'pending' ? 'initial_sale' : 'pending_sale_recovery',
    metadata: campaign === null ? sale.metadata : { ...sale.metadata, campaign },
    productIds: lines.flatMap(({ productId }) => productId ?? []),
  }
}
