import { encodeId, type Uuid } from '@perennial/core/ids'
import type { TokenizeRequest } from '@perennial/core/payments'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import {
  examineToken,
  keepPaymentMethod,
  tokenizeInstrument,
  type ExaminedToken,
  type OtherToken,
} from '../../../modules/payments/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import type { WantedInstrument, WantedMethod } from '../read/read-method.ts'
import { METHOD_KEYS } from '../show/show-method.ts'
import { keepAddress } from './keep-addresses.ts'
import { sandboxToken } from './sandbox-cards.ts'

/** What the processors made of an instrument: ready to be kept, and known to nobody yet. */
export type ReadyMethod = {
  readonly wanted: WantedMethod
  readonly first: ExaminedToken
  /** The same at the other processors. */
  readonly others: readonly OtherToken[]
}

/**
 * Exchanges an instrument for tokens; nothing is written. The number lives in the arguments of this call: it is handed to
 * the gateways and goes nowhere else.
 */
export async function readyMethod(
  deps: BillingDeps,
  context: CommandContext,
  wanted: WantedMethod,
): Promise<ReadyMethod> {
  const { instrument } = wanted
  if (instrument === null) throw new FaceRefusal(422, 'There is nothing to vault.')
  if (context.environment === 'live') refuseStandIns(instrument)
  const [gatewayCode = null, ...codes] = processorsOf(context)
  const first = await examine(deps, context, { instrument, gatewayCode })
  const others: ExaminedToken[] = []
  for (const code of codes)
    others.push(await examine(deps, context, { instrument, gatewayCode: code }))
  return { wanted, first, others }
}

/** The number of a network's token is good for nothing without its cryptogram, which no gateway here is handed. */
function refuseStandIns(instrument: WantedInstrument): void {
  if (instrument.kind === 'token' || instrument.origin === 'owner') return
  const what = instrument.origin === 'network_token' ? 'Network tokens' : 'Wallets'
  throw new FaceRefusal(422, `${what} cannot be charged here. Hand the card in as creditCard, by its paymentAccountNumber alone.`) // prettier-ignore
}

/** Gives what `readyMethod` made ready to a customer. */
export async function keepMethod(
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly ready: ReadyMethod; readonly isLoose?: boolean },
): Promise<Uuid> {
  const { customerId, ready, isLoose = false } = given
  const { wanted, first, others } = ready
  const address = await keepAddress(context, wanted.address)
  const decision = await keepPaymentMethod(context, {
    customerId,
    examined: first,
    others,
    isDefault: false,
    billingDetails: billingDetailsOf({ ...wanted, address }),
    metadata: {
      ...metadataOf(wanted, address),
      ...(isLoose ? { [METHOD_KEYS.isLoose]: true } : {}),
    },
    wallet: walletOf(wanted.instrument),
  })
  if (decision.kind === 'refused') throw FaceRefusal.notFound('customer')
  return decision.value.id
}

function walletOf(instrument: WantedInstrument | null): string | null {
  if (instrument?.kind !== 'raw') return null
  const { origin } = instrument
  return origin === 'google_pay' || origin === 'apple_pay' ? origin : null
}

/** Where a method is to be charged: at the strategy's processors, or at the account's first gateway. */
function processorsOf({ account }: CommandContext): readonly string[] {
  const ids = account.settings.recycling?.gatewayIds ?? []
  return [...new Set(ids)].map((id) => encodeId('gateway', id))
}

/** What a gateway makes of an instrument. In a sandbox some numbers act as this face's documents say. */
async function examine(
  deps: BillingDeps,
  context: CommandContext,
  of: { readonly instrument: WantedInstrument; readonly gatewayCode: string | null },
): Promise<ExaminedToken> {
  const { gatewayCode } = of
  const { details, token } = await tokenOf(deps, context, of)
  const known = details === null ? {} : { details }
  const asked = { type: null, token, gatewayCode, ...known }
  const decision = await examineToken(deps.gateways, context, asked)
  if (decision.kind === 'accepted') return decision.value
  const { code, message } = decision
  if (code === 'gateway_unreachable') throw unreachable()
  throw new FaceRefusal(422, message ?? `The payment method was refused: ${code}.`)
}

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

function unreachable(): FaceRefusal {
  return new FaceRefusal(502, 'The processor cannot be reached. Nothing was changed; try again.')
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
  if (code === 'gateway_unreachable') throw unreachable()
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
