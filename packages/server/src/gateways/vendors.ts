import type { GatewayVendor } from '@perennial/core/payments'
import { adyenVendor } from './adyen/index.ts'
import { authnetVendor } from './authnet/index.ts'
import { braintreeVendor } from './braintree/index.ts'
import { checkoutVendor } from './checkout/index.ts'
import { gocardlessVendor } from './gocardless/index.ts'
import { stripeVendor } from './stripe/index.ts'

/** Every kind of gateway that a merchant may connect. A vendor's own code is loaded when one of its gateways is used. */
export const GATEWAY_VENDORS: readonly GatewayVendor[] = [
  stripeVendor,
  adyenVendor,
  braintreeVendor,
  checkoutVendor,
  authnetVendor,
  gocardlessVendor,
]
