import type { Connector } from '../modules/recovery/index.ts'
import { braintree } from './braintree/index.ts'
import { chargebee } from './chargebee/index.ts'
import { recurly } from './recurly/index.ts'
import { shopifyRecharge } from './shopify-recharge/index.ts'
import { stripeBilling } from './stripe-billing/index.ts'
import { zuora } from './zuora/index.ts'

/** Every billing platform that can be connected. */
export const CONNECTORS: readonly Connector[] = [
  chargebee,
  recurly,
  stripeBilling,
  braintree,
  zuora,
  shopifyRecharge,
]
