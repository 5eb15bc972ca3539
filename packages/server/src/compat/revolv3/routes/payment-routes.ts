import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  beginSale,
  chargeExtra,
  chargeSale,
  type BillingDeps,
  type ChargeExtraRefusal,
} from '../../../modules/billing/index.ts'
import { asOne, type CommandContext, type Refused } from '../../../platform/command/index.ts'
import type { ApiInstance } from '../../../platform/http/index.ts'
import { readyPayer, type Payer } from '../actions/find-payer.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { INVOICE_KEYS } from '../queries/invoices.ts'
import { idOf, toNumber } from '../numbers/numbers.ts'
import { hundredthsAt, objectsAt, problem, readBody, refuseProblems } from '../read/fields.ts'
import { readPayer, readPayerOf } from '../read/read-method.ts'
import { readProcessing, type WantedProcessing } from '../read/read-processing.ts'
import { readSale, type WantedSale } from '../read/read-sale.ts'
import { showInvoices } from '../show/show-invoice.ts'
import { showSale } from '../show/show-sale.ts'
import { onceAKey, type Id } from './route-forms.ts'
import { keptOfLines, readLine } from '../read/read-line.ts'

export function addPaymentRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post('/api/Payments/sale', onceAKey(200, showSale), async ({ context, body }) => {
    const fields = readBody(body)
    const sale = readSale(fields)
    const wanted = readPayer(fields)
    const processing = readProcessing(fields)
    refuseProblems(fields)
    const payer = await readyPayer(deps, context, { ...wanted, ...processing })
    return sell(deps, context, { sale, payer, processing })
  })

  app.post<Id>(
    '/api/Payments/sale/:id',
    onceAKey(200, showSale),
    async ({ context, params, body }) => {
      const fields = readBody(body)
      const sale = readSale(fields)
      const wanted = readPayerOf(fields, toNumber(params.id))
      const processing = readProcessing(fields)
      refuseProblems(fields)
      const payer = await readyPayer(deps, context, { ...wanted, ...processing })
      return sell(deps, context, { sale, payer, processing })
    },
  )

  app.post<Id>(
    '/api/Installments/:id/payment',
    onceAKey(200, showInstallmentCharge),
    async ({ context, params, body }) => {
      const fields = readBody(body)
      const lines = objectsAt(fields, 'invoiceLineItems', 50).map(readLine)
      const amount = hundredthsAt(fields, 'amount')
      if (lines.length === 0 && amount === null) problem(fields, 'amount', 'is required')
      else if (amount !== null && lines.length > 0)
        problem(fields, 'amount, invoiceLineItems', 'exclude each other')
      refuseProblems(fields)
      const subscriptionId = await idOf(context, 'installment', toNumber(params.id))
      const wanted = lines.length > 0 ? lines : [{ description: 'Installment', amountMinor: amount ?? 0n, said: {} }] // prettier-ignore
      const metadata = keptOfLines(wanted)
      const decision = await chargeExtra(deps, context, { subscriptionId, lines: wanted, metadata })
      if (decision.kind === 'refused') throw extraRefusal(decision)
      return showInstallmentCharge(context, decision.value)
    },
  )
}

function extraRefusal({ code, details }: Refused<ChargeExtraRefusal>): FaceRefusal {
  switch (code) {
    case 'subscription_not_found':
    case 'no_payment_method':
      return FaceRefusal.notFound('installment with an active method')
    case 'not_begun':
      return new FaceRefusal(422, 'The installment has not begun: its first part is to be paid before an extra payment.') // prettier-ignore
    case 'nothing_to_pay':
      return FaceRefusal.invalid(['amount must be more than 0.'])
    case 'above_rest': {
      const rest = Number(details?.['rest_minor'] ?? 0) / 100
      return FaceRefusal.invalid([`amount must not be more than what is left: ${rest}.`])
    }
    default:
      return assertNever(code)
  }
}

/** An invoice that is charged at once, and written off when that is refused. */
async function sell(
  deps: BillingDeps,
  context: CommandContext,
  of: {
    readonly sale: WantedSale
    readonly payer: Payer
    readonly processing: WantedProcessing
  },
) {
  const { sale, payer, processing } = of
  const named = sale.reference === null ? {} : { [INVOICE_KEYS.reference]: sale.reference }
  const metadata = { ...processing.kept, ...named }
  const line = {
    description: 'Sale',
    quantity: 1n,
    unitAmountMinor: sale.amountMinor,
    priceId: null,
    productId: null,
  }
  const begun = await asOne(context, async (whole) => {
    const placed = await payer(whole)
    const decision = await beginSale(deps, whole, {
      ...placed,
      number: null,
      currency: sale.currency ?? context.account.currency,
      totalMinor: null,
      lines: [line],
      dueAt: null,
      allowedMethods: null,
      metadata,
      customFields: {},
    })
    if (decision.kind === 'accepted') return decision.value
    const { code, message } = decision
    throw new FaceRefusal(422, message ?? `The sale was refused: ${code}.`)
  })
  await chargeSale(deps, context, begun)
  return showSale(context, begun.invoiceId)
}

async function showInstallmentCharge(context: CommandContext, invoiceId: Uuid) {
  const { accountId: id, account } = context
  const [shown] = await context.inTx((tx) => showInvoices(tx, { id, name: account.name }, [invoiceId])) // prettier-ignore
  return { invoiceId: shown?.invoiceId ?? null, invoiceStatus: shown?.invoiceStatus ?? null }
}
