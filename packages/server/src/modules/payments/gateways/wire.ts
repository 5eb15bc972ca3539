import { encodeId, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { GatewayVendor } from '@perennial/core/payments'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { CustomDescriptor, GatewayAccount } from './gateway-account.ts'

/** The gateway as the API and events show it: of its credentials no more than was masked when they were given. */
export function toWireGateway(gateway: GatewayAccount) {
  const { monthlyCapMinor, customDescriptor, archivedAt, previousCredentialsUntil } = gateway
  return {
    id: encodeId('gateway', gateway.id),
    object: 'gateway' as const,
    code: gateway.code,
    kind: gateway.kind,
    name: gateway.name,
    description: gateway.description,
    enabled: gateway.isEnabled,
    position: gateway.position,
    credentials: { ...gateway.credentialsHint },
    credentials_version: gateway.credentialsVersion,
    previous_credentials_until: formatInstantOrNull(previousCredentialsUntil),
    base_url: gateway.baseUrl,
    merchant_account_id: gateway.merchantAccountId,
    discount_rate_ppm: gateway.discountRatePpm,
    flat_fee_approved: toWireMinor(gateway.flatFeeApprovedMinor),
    flat_fee_declined: toWireMinor(gateway.flatFeeDeclinedMinor),
    acquirer_bins: [...gateway.acquirerBins],
    monthly_cap: monthlyCapMinor === null ? null : toWireMinor(monthlyCapMinor),
    custom_descriptor: customDescriptor === null ? null : toWireDescriptor(customDescriptor),
    global_cascade_rules: gateway.cascadeRules.map((rule) => ({ ...rule })),
    smart_bin_enabled: gateway.smartBinEnabled,
    visa_attempts_max: gateway.visaAttemptsMax,
    version: gateway.version,
    created_at: formatInstant(gateway.createdAt),
    updated_at: formatInstant(gateway.updatedAt),
    archived_at: formatInstantOrNull(archivedAt),
  }
}

/** With the address that its own pages are given for webhooks. */
export function toShownGateway(
  gateway: GatewayAccount,
  of: { readonly publicUrl: string; readonly accountId: Uuid },
) {
  const ids = [encodeId('account', of.accountId), encodeId('gateway', gateway.id)]
  const webhook_url = `${of.publicUrl}/webhooks/gateways/${ids.join('/')}`
  return { ...toWireGateway(gateway), webhook_url }
}

function toWireDescriptor({ postalCode, ...descriptor }: CustomDescriptor) {
  return { ...descriptor, postal_code: postalCode }
}

/** A kind of gateway as a form needs it. */
export function toWireVendor(vendor: GatewayVendor) {
  const { abilities } = vendor
  return {
    kind: vendor.kind,
    object: 'gateway_vendor' as const,
    name: vendor.name,
    fields: vendor.fields.map(({ id, label, isSecret, isRequired, hint }) => ({
      id,
      label,
      secret: isSecret,
      required: isRequired,
      hint,
    })),
    token_form: vendor.tokenForm,
    abilities: {
      method_types: [...abilities.methodTypes],
      authorize: abilities.authorize,
      partial_capture: abilities.partialCapture,
      void: abilities.void,
      refund: abilities.refund,
      look_up: abilities.lookUp,
      tokenize: abilities.tokenize,
      challenge: abilities.challenge,
      webhooks: abilities.webhooks,
      movements: abilities.movements,
      disputes: abilities.disputes,
      renews_cards: abilities.renewsCards === true,
    },
  }
}
