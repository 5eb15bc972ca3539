import {
  classifyDecline,
  explainDecline,
  findGatewayCode,
  listDeclineCodes,
  listGatewayCodes,
  type DeclineDialect,
} from '@perennial/core/declines'
import { networkOfDigits } from '@perennial/core/recovery'
import type { FastifyReply } from 'fastify'
import type { ApiInstance } from '../../platform/http/index.ts'
import { FaceRefusal } from './face-refusal.ts'
import { parameter } from './read-fields.ts'

const GATEWAYS = {
  stripe: 'Stripe',
  braintree: 'Braintree',
  adyen: 'Adyen',
  checkout: 'Checkout.com',
  authnet: 'Authorize.net',
  dlocal: 'dLocal',
  worldpay: 'Worldpay',
  razorpay: 'Razorpay',
  paystack: 'Paystack',
} as const satisfies Partial<Record<DeclineDialect, string>>

type Gateway = keyof typeof GATEWAYS
const NAMES = Object.keys(GATEWAYS) as Gateway[] // the keys of a literal

const schema = { hide: true } as const

/** Public knowledge about cards and declines: no key, from any page. */
export function addLookupRoutes(app: ApiInstance): void {
  app.get('/api/lookup/bin/:prefix', { schema }, async (request, reply) => {
    open(reply)
    const prefix = parameter(request.params, 'prefix')
    if (!/^\d{4,8}$/.test(prefix)) throw FaceRefusal.invalid('prefix', 'must be 4 to 8 digits')
    const network = networkOfDigits(prefix)
    return {
      prefix,
      issuerName: 'Unknown',
      issuerCountry: 'Unknown',
      cardNetwork: network === 'other' ? 'unknown' : network,
      cardType: 'unknown',
    }
  })

  app.get('/api/lookup/decline/:gateway/:code', { schema }, async (request, reply) => {
    open(reply)
    const gateway = NAMES.find((name) => name === parameter(request.params, 'gateway'))
    if (gateway === undefined)
      throw FaceRefusal.invalid('gateway', `must be one of ${NAMES.join(', ')}`)
    return describeCode(gateway, parameter(request.params, 'code'))
  })

  app.get('/api/lookup/decline-codes', { schema }, async (_request, reply) => {
    open(reply)
    dictionary ??= NAMES.flatMap((gateway) =>
      listGatewayCodes(gateway).map(({ raw: rawCode, code }) => ({
        gateway,
        rawCode,
        ...explain(code),
      })),
    )
    return { canonicalCodes: listDeclineCodes().map(explain), codes: dictionary }
  })
}

let dictionary: readonly object[] | null = null

function open(reply: FastifyReply): void {
  reply.header('access-control-allow-origin', '*')
}

function explain(canonicalCode: string) {
  const decline = { code: canonicalCode, isoCode: null, adviceCode: null, message: null }
  return {
    canonicalCode,
    category: classifyDecline(decline).category,
    plainEnglish: explainDecline(canonicalCode).meaning,
  }
}

const VARIANTS_MAX = 100

function describeCode(gateway: Gateway, rawCode: string) {
  const canonical = findGatewayCode(gateway, rawCode)
  const named = { gateway, gatewayLabel: GATEWAYS[gateway], rawCode }
  if (canonical === null) {
    const plainEnglish = 'This code is in no list of the gateway that we know.'
    const unknown = { canonicalCode: 'unknown', category: 'unknown', plainEnglish }
    return { ...named, ...unknown, variantsOnOtherGateways: [] }
  }
  const variants = NAMES.filter((name) => name !== gateway).flatMap((name) =>
    listGatewayCodes(name)
      .filter(({ code }) => code === canonical)
      .map(({ raw }) => ({ gateway: name, rawCode: raw })),
  )
  return {
    ...named,
    ...explain(canonical),
    variantsOnOtherGateways: variants.slice(0, VARIANTS_MAX),
  }
}
