import type { Uuid } from '@perennial/core/ids'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { ApiInstance, MadeObject } from '../../../platform/http/index.ts'
import { authorize, capture, reverse } from '../actions/authorize.ts'
import { readyPayer } from '../actions/find-payer.ts'
import { idOf, toNumber } from '../numbers/numbers.ts'
import { readInvoiceOfCapture } from '../queries/authorizations.ts'
import { ID_RANGE, integerAt, problem, readBody, refuseProblems } from '../read/fields.ts'
import { readPayer, readPayerOf } from '../read/read-method.ts'
import { readProcessing } from '../read/read-processing.ts'
import { readAuthorization, readCapture } from '../read/read-sale.ts'
import { showAuthorization } from '../show/show-authorization.ts'
import { showSale } from '../show/show-sale.ts'
import { onceAKey, type Id } from './route-forms.ts'

export function addAuthorizationRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post('/api/Payments/authorization', onceAKey(200, show), async ({ context, body }) => {
    const fields = readBody(body)
    const amount = readAuthorization(fields)
    const wanted = readPayer(fields)
    const processing = readProcessing(fields)
    refuseProblems(fields)
    const payer = await readyPayer(deps, context, { ...wanted, ...processing })
    return show(context, await authorize(deps, context, { amount, payer }))
  })

  app.post<Id>(
    '/api/Payments/authorization/:id',
    onceAKey(200, show),
    async ({ context, params, body }) => {
      const fields = readBody(body)
      const amount = readAuthorization(fields)
      const wanted = readPayerOf(fields, toNumber(params.id))
      const processing = readProcessing(fields)
      refuseProblems(fields)
      const payer = await readyPayer(deps, context, { ...wanted, ...processing })
      return show(context, await authorize(deps, context, { amount, payer }))
    },
  )

  app.post<Id>(
    '/api/Payments/capture/:id',
    onceAKey(200, showCapture),
    async ({ context, params, body }) => {
      const fields = readBody(body)
      const wanted = readCapture(fields)
      const { kept } = readProcessing(fields)
      refuseProblems(fields)
      const intentId = await idOf(context, 'authorization', toNumber(params.id))
      return showSale(context, await capture(deps, context, { intentId, wanted, kept }))
    },
  )

  app.post('/api/PaymentMethod/reverse-auth', onceAKey(200, show), async ({ context, body }) => {
    const fields = readBody(body)
    const number = integerAt(fields, 'paymentMethodAuthorizationId', ID_RANGE)
    if (number === null && fields.problems.length === 0)
      problem(fields, 'paymentMethodAuthorizationId', 'is required')
    refuseProblems(fields)
    const intentId = await idOf(context, 'authorization', number)
    await reverse(deps, context, intentId)
    return show(context, intentId)
  })
}

function show(context: CommandContext, id: Uuid) {
  return context.inTx((tx) => showAuthorization(tx, context.accountId, id))
}

/** The invoice of a capture; of one whose process died, the intent may be what is remembered. */
async function showCapture(context: CommandContext, id: Uuid, kind: MadeObject['kind']) {
  if (kind === 'invoice') return showSale(context, id)
  const invoiceId = await context.inTx((tx) => readInvoiceOfCapture(tx, context.accountId, id))
  return invoiceId === null ? null : showSale(context, invoiceId)
}
