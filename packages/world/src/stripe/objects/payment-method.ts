import { toInstrumentBody } from '../../http/wire.ts'
import type { Instrument } from '../../tokens/behaviour.ts'
import type { ResolvedToken } from '../../vault/resolve-token.ts'
import { toSeconds } from '../stripe-call.ts'

const types: Readonly<Record<Instrument['type'], string>> = {
  card: 'card',
  us_bank_account: 'us_bank_account',
  bank_account: 'sepa_debit',
  bacs_direct_debit: 'bacs_debit',
}

export function methodTypeOf(token: ResolvedToken | null): string {
  return types[token?.instrument.type ?? 'card']
}

export function toPaymentMethod(
  token: string,
  resolved: ResolvedToken,
  { customer, at }: { readonly customer: string | null; readonly at: number },
) {
  const { type: _type, bin: _bin, network, ...details } = toInstrumentBody(resolved)
  const type = methodTypeOf(resolved)
  return {
    id: token,
    object: 'payment_method',
    type,
    [type]:
      type === 'card'
        ? { ...details, networks: { available: [network], preferred: null } }
        : { last4: details.last4, fingerprint: details.fingerprint, country: details.country },
    billing_details: { address: null, email: null, name: null, phone: null },
    created: toSeconds(at),
    customer,
    livemode: false,
    metadata: {},
  }
}
