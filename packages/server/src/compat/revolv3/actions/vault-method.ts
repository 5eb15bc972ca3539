import { encodeId, type Uuid } from '@perennial/core/ids'
import type { TokenizeRequest } from '@perennial/core/payments'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import {
  addPaymentMethod,
  addToken,
  tokenizeInstrument,
  type PaymentMethod,
} from '../../../modules/payments/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import type { WantedInstrument, WantedMethod } from '../read/read-method.ts'
import { METHOD_KEYS } from '../show/show-method.ts'
import { withIds } from './make-customer.ts'
import { sandboxToken } from './sandbox-cards.ts'

/**
 * Exchanges an instrument for tokens and keeps those with a customer. The number lives in the arguments of this call:
 * it is handed to the gateways and goes nowhere else.
 */
export async function vaultMethod(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly wanted: WantedMethod },
): Promise<PaymentMethod> {
  const { customerId, wanted } = given
  if (wanted.instrument === null) throw new FaceRefusal(422, 'There is nothing to vault.')
  const [first = null, ...others] = processorsOf(context)
  const made = await tokenOf(deps, context, { instrument: wanted.instrument, gatewayCode: first })
  const [address = null] = wanted.address === null ? [] : await withIds(context, [wanted.address])
  const decision = await addPaymentMethod(deps.gateways, context, {
    customerId,
    type: null,
    token: made.token,
    gatewayCode: first,
    isDefault: false,
    billingDetails: billingDetailsOf(wanted),
    metadata: metadataOf(wanted, address),
    wallet: wanted.instrument.kind === 'raw' ? wanted.instrument.wallet : null,
    ...(made.details === null ? {} : { details: made.details }),
  })
  if (decision.kind === 'refused')
    throw new FaceRefusal(422, decision.message ?? `The payment method was refused: ${decision.code}.`) // prettier-ignore
  const method = decision.value
  for (const gatewayCode of others) {
    const { token } = await tokenOf(deps, context, { instrument: wanted.instrument, gatewayCode })
    await addToken(deps.gateways, context, { id: method.id, gatewayCode, token })
  }
  return method
}

/** Where a method is to be charged: at the strategy's processors, or at the account's first gateway. */
function processorsOf({ account }: CommandContext): readonly string[] {
  const ids = account.settings.recycling?.gatewayIds ?? []
  return ids.map((id) => encodeId('gateway', id))
}

/** What a gateway makes of an instrument. In a sandbox some numbers act as this face's documents say. */
async function tokenOf(
  deps: BillingDeps,
  context: CommandContext,
  of: { readonly instrument: WantedInstrument; readonly gatewayCode: string | null },
) {
  const { instrument } = of
  if (instrument.kind === 'token') return { token: instrument.token, details: null }
  const made = await tokenize(deps, context, { ...of, instrument: instrument.instrument })
  const { now, account, environment } = context
  const named =
    environment === 'sandbox'
      ? sandboxToken(instrument.instrument, { now, zone: account.timezone })
      : null
  return { token: named ?? made.token, details: made.details }
}

export async function tokenize(
  deps: BillingDeps,
  context: CommandContext,
  of: {
    readonly instrument: TokenizeRequest['instrument']
    readonly gatewayCode: string | null
  },
) {
  const decision = await tokenizeInstrument(deps.gateways, context, of)
  if (decision.kind === 'accepted') return decision.value
  const { code, message } = decision
  if (code === 'gateway_unreachable')
    throw new FaceRefusal(502, 'The processor cannot be reached. Nothing was changed; try again.')
  throw new FaceRefusal(422, message ?? `The payment method was refused: ${code}.`)
}

function billingDetailsOf({ firstName, lastName, address }: WantedMethod) {
  const name = [firstName, lastName].filter((part) => part !== null).join(' ')
  return {
    name: name === '' ? null : name,
    email: address?.email ?? null,
    phone: address?.phoneNumber ?? null,
    address:
      address === null
        ? null
        : {
            line1: address.addressLine1,
            line2: address.addressLine2,
            city: address.city,
            state: address.state,
            postal_code: address.postalCode,
            country: address.country,
          },
  }
}

function metadataOf(wanted: WantedMethod, address: JsonObject | null): JsonObject {
  const { firstName, lastName, reference } = wanted
  const entries: [string, JsonObject | string | null][] = [
    [METHOD_KEYS.firstName, firstName],
    [METHOD_KEYS.lastName, lastName],
    [METHOD_KEYS.reference, reference],
    [METHOD_KEYS.address, address],
  ]
  return Object.fromEntries(entries.filter(([, value]) => value !== null))
}
