import type { Uuid } from '@perennial/core/ids'
import {
  beginCharge,
  cancelIntent,
  captureForInvoice,
  concludeConfirm,
  type BillingDeps,
} from '../../../modules/billing/index.ts'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { INVOICE_KEYS } from '../queries/invoices.ts'
import type { WantedAmount, WantedCapture } from '../read/read-sale.ts'
import type { Payer } from './find-payer.ts'

/** Holds an amount, to be captured or let go: an intent that is captured later. */
export async function authorize(
  deps: BillingDeps,
  context: CommandContext,
  of: { readonly amount: WantedAmount; readonly payer: Payer },
): Promise<Uuid> {
  const { amount, payer } = of
  const { id, begun } = await asOne(context, async (whole) => {
    const decision = await beginCharge(deps, whole, {
      ...(await payer(whole)),
      amountMinor: amount.amountMinor,
      currency: amount.currency ?? context.account.currency,
      captureMethod: 'manual',
      description: null,
      statementDescriptor: null,
      statementDescriptorSuffix: null,
      receiptEmail: null,
      metadata: {},
      chargeKey: null,
    })
    if (decision.kind === 'accepted') return decision.value
    const { code, message } = decision
    throw new FaceRefusal(422, message ?? `The authorization was refused: ${code}.`)
  })
  await concludeConfirm(deps, context, { begun, returnUrl: null })
  return id
}

/** Takes all or a part of what is authorised, once, for an invoice that is made with it. */
export async function capture(
  deps: BillingDeps,
  context: CommandContext,
  of: { readonly intentId: Uuid; readonly wanted: WantedCapture; readonly kept: JsonObject },
): Promise<Uuid> {
  const { intentId, wanted, kept } = of
  const { amount, reference } = wanted
  const decision = await captureForInvoice(deps, context, {
    intentId,
    amountMinor: amount?.amountMinor ?? null,
    currency: amount?.currency ?? null,
    description: 'Sale',
    metadata: { ...kept, ...(reference === null ? {} : { [INVOICE_KEYS.reference]: reference }) },
  })
  if (decision.kind === 'accepted') return decision.value
  switch (decision.code) {
    case 'intent_not_found':
      throw FaceRefusal.notFound('authorization')
    case 'amount_above_capturable':
      throw FaceRefusal.invalid(['amount.value must be at most what is authorized.'])
    case 'currency_mismatch':
      throw FaceRefusal.invalid(['amount.currency must be that of the authorization.'])
    case 'authorization_expired':
      throw new FaceRefusal(422, 'The authorization has expired.')
    case 'intent_being_charged':
      throw new FaceRefusal(422, 'The authorization is being captured.')
    case 'intent_state_invalid':
      throw new FaceRefusal(422, 'The authorization holds nothing more: it was captured or reversed.') // prettier-ignore
    default:
      throw new FaceRefusal(422, decision.message ?? `The capture was refused: ${decision.code}.`)
  }
}

/** Lets go of what is authorised. */
export async function reverse(
  deps: BillingDeps,
  context: CommandContext,
  intentId: Uuid,
): Promise<void> {
  const decision = await cancelIntent(deps, context, { id: intentId, reason: null })
  if (decision.kind === 'accepted') return
  switch (decision.code) {
    case 'intent_not_found':
      throw FaceRefusal.notFound('authorization')
    case 'intent_state_invalid':
      throw new FaceRefusal(422, 'The authorization holds nothing more: it was captured, reversed, or has expired.') // prettier-ignore
    case 'intent_being_charged':
      throw new FaceRefusal(422, 'The authorization is being captured.')
    case 'gateway_unreachable':
      throw new FaceRefusal(502, 'The processor cannot be reached. It may hold the amount still; try again.') // prettier-ignore
    case 'intent_not_releasable':
      throw new FaceRefusal(422, 'The processor does not let go of the amount.')
  }
}
