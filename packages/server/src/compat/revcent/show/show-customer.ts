import { toUnixSeconds } from '@perennial/core/time'
import type { FaceCard, FaceCustomer } from '../queries/customers.ts'
import { toCode } from '../wire/codes.ts'
import { toAlpha3 } from '../wire/countries.ts'
import { toMetadata } from '../wire/metadata.ts'

export function showCustomer(customer: FaceCustomer, cards: readonly FaceCard[]) {
  const [firstName = null, ...others] = customer.name?.split(' ') ?? []
  const { country } = customer
  return {
    id: toCode(customer.id),
    created_date_unix: toUnixSeconds(customer.createdAt),
    first_name: firstName,
    last_name: others.length === 0 ? null : others.join(' '),
    email: customer.email.endsWith('.invalid') ? null : customer.email,
    phone: customer.phone,
    company: customer.company,
    address_line_1: customer.line1,
    address_line_2: customer.line2,
    city: customer.city,
    state: customer.state,
    zip: customer.postalCode,
    country: country === null ? null : (toAlpha3(country) ?? country),
    customer_card: cards.map(showCard),
    metadata: toMetadata(customer.metadata),
  }
}

function showCard(card: FaceCard) {
  return {
    id: toCode(card.id),
    brand: card.brand,
    bin: card.bin,
    last_4: card.last4,
    exp_month: card.expMonth,
    exp_year: card.expYear === null ? null : card.expYear % 100,
    default: card.isDefault,
    enabled: card.status === 'active',
  }
}
