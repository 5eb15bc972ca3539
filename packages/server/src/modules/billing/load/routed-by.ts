import type { Uuid } from '@perennial/core/ids'
import type { CustomerSale } from '@perennial/core/sales'
import type { RouteSubject } from '../../routing/index.ts'

/** What a sale says of its routing, as a subscription would that is not stored yet; nothing where it names no profile. */
export function routedBy(
  key: Uuid,
  { paymentProfileId }: Pick<CustomerSale, 'paymentProfileId'>,
): Pick<RouteSubject, 'segments'> {
  if (paymentProfileId === null) return {}
  return {
    segments: {
      subscriptionId: key,
      forcedGatewayId: null,
      preferredGatewayId: null,
      paymentProfileId,
      followedPaymentProfileId: null,
      prefersLastSuccess: false,
    },
  }
}
