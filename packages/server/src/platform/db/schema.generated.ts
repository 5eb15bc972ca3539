// Written by platform/db/codegen.ts from the migrations; do not edit.
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Generated, GeneratedAlways } from 'kysely'

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

export type AccountsTable = {
  id: Uuid
  merchant_id: Uuid
  environment: 'live' | 'sandbox'
  name: string
  timezone: Generated<string>
  currency: Generated<string>
  settings: Generated<JsonValue>
  clock_held_at: Instant | null
  created_at: Instant
}

export type ApiKeysTable = {
  account_id: Uuid
  id: Uuid
  name: string
  secret_hash: string
  hint: string
  scopes: Generated<JsonValue>
  created_at: Instant
  revoked_at: Instant | null
}

export type BinProfilesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  name: string
  description: string | null
  bins: JsonValue
  created_at: Instant
  updated_at: Instant
}

export type BinResultsTable = {
  account_id: Uuid
  bin: string
  gateway_id: Uuid
  day_on: string
  approved: Generated<number>
  attempts: Generated<number>
}

export type CardNewsTable = {
  account_id: Uuid
  customer_id: Uuid
  told_at: Instant
}

export type CardUpdateLinksTable = {
  account_id: Uuid
  id: Uuid
  client_id: Uuid | null
  recovery_id: Uuid | null
  token_hash: string
  payment_token: string | null
  expires_at: Instant
  used_at: Instant | null
  created_at: Instant
  customer_id: Uuid | null
  subscription_id: Uuid | null
  setup_intent_id: Uuid | null
  tries: Generated<number>
  replaced_by: string | null
}

export type ChallengesTable = {
  account_id: Uuid
  id: Uuid
  gateway_id: Uuid
  subject: 'payment_intent' | 'setup_intent' | 'recovery'
  subject_id: Uuid
  return_url: string | null
  form: JsonValue | null
  brought: JsonValue | null
  closed_at: Instant | null
  created_at: Instant
}

export type ConnectedInvoicesTable = {
  account_id: Uuid
  recovery_id: Uuid
  connector_id: Uuid
  invoice_id: string
  customer_id: string | null
  subscription_id: string | null
  collects: 'here' | 'there'
  write_back: Generated<'none' | 'waiting' | 'done' | 'dead'>
  tries: Generated<number>
  next_try_at: Instant | null
  last_error: string | null
  written_at: Instant | null
  told_token: string | null
  paid_there_at: Instant | null
}

export type ConnectorEventsTable = {
  account_id: Uuid
  connector_id: Uuid
  event_id: string
  body: string
  state: 'waiting' | 'done' | 'parked'
  result: string | null
  tries: Generated<number>
  next_try_at: Instant | null
  received_at: Instant
  done_at: Instant | null
}

export type CreditNoteCountersTable = {
  account_id: Uuid
  next_number: Generated<bigint>
}

export type CreditNoteLinesTable = {
  account_id: Uuid
  id: Uuid
  credit_note_id: Uuid
  position: number
  invoice_line_id: Uuid | null
  description: string
  quantity: bigint
  unit_amount_minor: bigint
  total_amount_minor: bigint
  metadata: JsonValue | null
  created_at: Instant
}

export type CreditNotesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  number: string | null
  invoice_id: Uuid
  customer_id: Uuid
  status: 'draft' | 'pending' | 'issued' | 'applied' | 'void'
  credit_method: 'refund_to_payment_method' | 'customer_balance' | 'external'
  amount_minor: bigint
  tax_amount_minor: bigint | null
  currency: string
  reason: string | null
  reason_code: 'customer_request' | 'duplicate_charge' | 'service_issue' | 'billing_error' | 'subscription_cancellation' | 'proration' | 'other' | null
  is_prorated: Generated<boolean>
  proration_days_total: number | null
  proration_days_unused: number | null
  idempotency_key: string | null
  metadata: Generated<JsonValue>
  issued_at: Instant | null
  voided_at: Instant | null
  created_at: Instant
  updated_at: Instant
  cancels_subscription: Generated<boolean>
}

export type CustomerBalancesTable = {
  account_id: Uuid
  customer_id: Uuid
  currency: string
  balance_minor: bigint
  updated_at: Instant
}

export type CustomersTable = {
  account_id: Uuid
  id: Uuid
  email: string
  name: string | null
  phone: string | null
  company_name: string | null
  address_line1: string | null
  address_line2: string | null
  city: string | null
  state: string | null
  postal_code: string | null
  country: string | null
  currency: string | null
  tax_id: string | null
  metadata: Generated<JsonValue>
  custom_fields: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  deleted_at: Instant | null
  search: GeneratedAlways<string>
}

export type DiscountRedemptionsTable = {
  account_id: Uuid
  id: Uuid
  discount_id: Uuid
  customer_id: Uuid
  subscription_id: Uuid | null
  invoice_id: Uuid
  amount_minor: bigint
  currency: string
  status: 'reserved' | 'counted' | 'released'
  created_at: Instant
  updated_at: Instant
}

export type DiscountsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  code: string
  name: string
  description: string | null
  discount_type: 'percentage' | 'fixed_amount'
  value: bigint
  applies_to: 'all' | 'specific_products'
  scope: 'entire_order' | 'specific_products' | 'subscription_only' | 'one_time_only' | null
  product_ids: JsonValue | null
  max_redemptions: number | null
  max_redemptions_per_user: Generated<number>
  valid_from: Instant | null
  valid_until: Instant | null
  recurring_type: 'once' | 'forever' | 'repeating' | null
  recurring_cycles: number | null
  first_time_customer: Generated<boolean>
  status: Generated<'active' | 'inactive' | 'archived'>
  uses_reserved: Generated<number>
  redemptions: Generated<number>
  created_at: Instant
  updated_at: Instant
}

export type DisputeEvidenceTable = {
  account_id: Uuid
  id: Uuid
  dispute_id: Uuid
  kind: 'text' | 'file'
  name: string
  content_type: string
  size_bytes: number
  body: Uint8Array
  created_at: Instant
  submitted_at: Instant | null
}

export type DisputesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  gateway_id: Uuid
  gateway_reference: string
  charge_reference: string
  payment_id: Uuid
  transaction_id: Uuid | null
  customer_id: Uuid
  invoice_id: Uuid | null
  subscription_id: Uuid | null
  status: 'warning_needs_response' | 'warning_closed' | 'needs_response' | 'under_review' | 'won' | 'lost'
  resolution: 'won' | 'lost' | 'withdrawn' | null
  is_inferred: Generated<boolean>
  reason: string
  network_reason_code: string | null
  network_reason_description: string | null
  amount_minor: bigint
  currency: string
  fee_minor: Generated<bigint>
  method_type: string | null
  card_brand: string | null
  card_last4: string | null
  evidence_due_at: Instant | null
  evidence_submitted_at: Instant | null
  facts: Generated<JsonValue>
  next_due_at: Instant | null
  told_at: Instant
  disputed_at: Instant
  resolved_at: Instant | null
  created_at: Instant
  updated_at: Instant
  metadata: Generated<JsonValue>
}

export type DunningAssignmentsTable = {
  account_id: Uuid
  id: Uuid
  campaign_id: Uuid
  target: 'account' | 'product' | 'subscription'
  target_id: Uuid
  created_at: Instant
}

export type DunningCampaignsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  name: string
  description: string | null
  steps: JsonValue
  archived_at: Instant | null
  created_at: Instant
  updated_at: Instant
}

export type DunningRunsTable = {
  account_id: Uuid
  id: Uuid
  subscription_id: Uuid
  customer_id: Uuid
  invoice_id: Uuid
  campaign_id: Uuid | null
  steps: JsonValue | null
  state: Generated<'open' | 'ended'>
  outcome: 'recovered' | 'exhausted' | 'canceled' | null
  steps_done: Generated<number>
  access: Generated<'full' | 'warning' | 'restricted' | 'suspended'>
  retries_told: Generated<number>
  mails_sent: Generated<number>
  started_at: Instant
  due_at: Instant | null
  ended_at: Instant | null
}

export type EventsTable = {
  account_id: Uuid
  id: Uuid
  type: string
  object_kind: string
  object_id: Uuid
  fact_number: Generated<bigint>
  customer_id: Uuid | null
  subscription_id: Uuid | null
  invoice_id: Uuid | null
  data: JsonValue
  previous_attributes: JsonValue | null
  request_id: string | null
  idempotency_key: string | null
  occurred_at: Instant
}

export type GatewayCursorsTable = {
  account_id: Uuid
  gateway_id: Uuid
  notices_cursor: string | null
  notices_due_at: Instant | null
  movements_until: Instant | null
  reconcile_at: Instant | null
}

export type GatewayGroupsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  name: string
  description: string | null
  is_enabled: Generated<boolean>
  choice: 'sort_order' | 'round_robin' | 'even_distribution' | 'weighted'
  gateway_ids: JsonValue
  created_at: Instant
  updated_at: Instant
  weights: JsonValue | null
}

export type GatewayMovementsTable = {
  account_id: Uuid
  id: Uuid
  gateway_id: Uuid
  reference: string
  kind: 'charge' | 'refund' | 'dispute' | 'dispute_reversal' | 'fee' | 'payout' | 'adjustment'
  charge_reference: string | null
  idempotency_key: Uuid | null
  amount_minor: bigint
  fee_minor: bigint
  currency: string
  moved_at: Instant
  payout_reference: string | null
  matched_kind: 'transaction' | 'refund' | 'dispute' | 'payout' | null
  matched_id: Uuid | null
  run_id: Uuid
  created_at: Instant
  set_aside_at: Instant | null
}

export type GatewayNoticesTable = {
  account_id: Uuid
  id: Uuid
  gateway_id: Uuid
  notice_id: string
  kind: 'charge' | 'refund' | 'dispute' | 'method' | 'return' | 'void' | 'other'
  source: 'webhook' | 'pull'
  payload: JsonValue
  told_at: Instant
  received_at: Instant
  state: Generated<'waiting' | 'applied' | 'ignored' | 'parked'>
  tries: Generated<number>
  next_try_at: Instant | null
  reason: string | null
  applied_at: Instant | null
}

export type GatewayUsageTable = {
  account_id: Uuid
  gateway_id: Uuid
  hour_at: Instant
  currency: string
  slot: number
  captured_minor: Generated<bigint>
  approved: Generated<number>
  declined: Generated<number>
  chargebacks: Generated<number>
}

export type GatewaysTable = {
  account_id: Uuid
  id: Uuid
  code: string
  kind: string
  name: string
  settings: Generated<JsonValue>
  is_enabled: Generated<boolean>
  position: Generated<number>
  created_at: Instant
  description: string | null
  base_url: string | null
  credentials_sealed: string | null
  credentials_hint: Generated<JsonValue>
  credentials_version: Generated<number>
  previous_credentials_sealed: string | null
  previous_credentials_until: Instant | null
  merchant_account_id: string | null
  discount_rate_ppm: Generated<number>
  flat_fee_approved_minor: Generated<bigint>
  flat_fee_declined_minor: Generated<bigint>
  acquirer_bins: Generated<JsonValue>
  monthly_cap_minor: bigint | null
  custom_descriptor: JsonValue | null
  cascade_rules: Generated<JsonValue>
  smart_bin_enabled: Generated<boolean>
  version: Generated<number>
  updated_at: Instant | null
  archived_at: Instant | null
  account_reference: string | null
  visa_attempts_max: number | null
}

export type IdempotencyKeysTable = {
  account_id: Uuid
  api_key_id: Uuid
  route: string
  key: string
  request_hash: string
  started_at: Instant
  object_kind: string | null
  object_id: Uuid | null
  response_status: number | null
  response_headers: JsonValue | null
  response_body: string | null
  note: JsonValue | null
  alive_at: Instant | null
}

export type InvoiceCountersTable = {
  account_id: Uuid
  next_number: Generated<bigint>
}

export type InvoiceLinesTable = {
  account_id: Uuid
  id: Uuid
  invoice_id: Uuid
  position: number
  subscription_item_id: Uuid | null
  price_id: Uuid | null
  product_id: Uuid | null
  description: string
  quantity: bigint
  unit_amount_decimal: string | null
  amount_minor: bigint
  currency: string
  period_start: Instant | null
  period_end: Instant | null
  is_proration: Generated<boolean>
  parts: JsonValue | null
  kind: Generated<'item' | 'discount' | 'shipping' | 'tax' | 'tax_included'>
  source_id: Uuid | null
  detail: JsonValue | null
}

export type InvoiceRemindersTable = {
  account_id: Uuid
  id: Uuid
  customer_id: Uuid
  reminders_sent: Generated<number>
  due_at: Instant | null
  created_at: Instant
}

export type InvoicesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  number: string | null
  customer_id: Uuid
  subscription_id: Uuid | null
  billing_reason: 'manual' | 'subscription_create' | 'subscription_cycle' | 'subscription_update'
  status: 'draft' | 'pending_approval' | 'finalized' | 'approved' | 'sent' | 'partially_paid' | 'paid' | 'overdue' | 'void' | 'uncollectible'
  currency: string
  subtotal_minor: bigint
  discount_minor: Generated<bigint>
  tax_minor: Generated<bigint>
  total_minor: bigint
  paid_minor: Generated<bigint>
  collection_method: string
  period_start: Instant | null
  period_end: Instant | null
  due_at: Instant | null
  finalized_at: Instant | null
  sent_at: Instant | null
  paid_at: Instant | null
  voided_at: Instant | null
  overdue_at: Instant | null
  public_token: string | null
  allowed_methods: JsonValue | null
  subscription_terms: JsonValue | null
  custom_fields: Generated<JsonValue>
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  refunded_minor: Generated<bigint>
  credited_minor: Generated<bigint>
  credit_applied_minor: Generated<bigint>
  reopen_count: Generated<number>
}

export type LedgerTransfersTable = {
  account_id: Uuid
  id: Uuid
  at: Instant
  debit_account: string
  credit_account: string
  amount_minor: bigint
  currency: string
  customer_id: Uuid | null
  invoice_id: Uuid | null
  gateway_id: Uuid | null
  source_kind: string
  source_id: Uuid
  source_position: Generated<number>
  reversal_of: Uuid | null
}

export type MailTemplatesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  name: string
  language: string
  subject: string
  body_text: string
  body_html: string
  created_at: Instant
  updated_at: Instant
}

export type MandateCollectionsTable = {
  account_id: Uuid
  id: Uuid
  mandate_id: Uuid
  invoice_id: Uuid
  source_type: 'invoice' | 'payment_link'
  source_id: Uuid
  amount_minor: bigint
  currency: 'GBP'
  status: 'scheduled' | 'notified' | 'submitted' | 'succeeded' | 'failed' | 'cancelled'
  notice_on: string
  submission_on: string
  collection_on: string
  settlement_on: string
  due_at: Instant | null
  attempt_id: Uuid | null
  failure_code: string | null
  created_at: Instant
  updated_at: Instant
}

export type MandateRequestsTable = {
  account_id: Uuid
  id: Uuid
  token_hash: string
  customer_id: Uuid
  invoice_id: Uuid | null
  status: 'draft' | 'pending_signature' | 'consumed' | 'expired' | 'cancelled' | 'failed'
  expires_at: Instant
  created_at: Instant
  updated_at: Instant
}

export type MandatesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  mandate_ref: string
  mandate_reference: string | null
  customer_id: Uuid
  payment_method_id: Uuid
  gateway_id: Uuid
  status: 'pending_lodgement' | 'active' | 'suspended' | 'cancelled' | 'failed'
  account_holder_name: string
  bank_sealed: string
  sort_code_last2: string
  account_number_last4: string
  bank_name: string | null
  statement_name: string | null
  notice_days: number
  backup_payment_method_id: Uuid | null
  acceptance: JsonValue
  failure_reason: string | null
  mandate_request_id: Uuid | null
  invoice_id: Uuid | null
  check_at: Instant | null
  activated_at: Instant | null
  suspended_at: Instant | null
  cancelled_at: Instant | null
  created_at: Instant
  updated_at: Instant
}

export type MerchantsTable = {
  id: Uuid
  name: string
  created_at: Instant
}

export type ObjectNumberCountersTable = {
  account_id: Uuid
  next_number: number
}

export type ObjectNumbersTable = {
  account_id: Uuid
  number: number
  kind: string
  id: Uuid
}

export type OrganicPaymentsTable = {
  account_id: Uuid
  client_id: Uuid
  transaction_id: string
  amount_minor: bigint
  currency: string
  created_at: Instant
}

export type OutboxTable = {
  account_id: Uuid
  id: Uuid
  kind: 'mail'
  dedupe_key: string
  payload: JsonValue
  state: Generated<'waiting' | 'done' | 'kept' | 'failed'>
  attempts: Generated<number>
  next_attempt_at: Instant | null
  last_error: string | null
  created_at: Instant
  done_at: Instant | null
}

export type OutsideAttemptsTable = {
  account_id: Uuid
  id: Uuid
  recovery_id: Uuid
  client_id: Uuid
  gateway_id: Uuid
  number: number
  token: string
  state: 'sending' | 'unknown' | 'pending' | 'succeeded' | 'declined'
  amount_minor: bigint
  currency: string
  gateway_reference: string | null
  decline: JsonValue | null
  lease_until: Instant | null
  check_at: Instant | null
  created_at: Instant
  settled_at: Instant | null
  connector_id: Uuid | null
  next_action_url: string | null
  is_customer_present: Generated<boolean>
  advice_code: string | null
}

export type OutsideCardsTable = {
  account_id: Uuid
  client_id: Uuid
  token: string
  brand: string | null
  country: string | null
  last4: string | null
  exp_month: number | null
  exp_year: number | null
  described_at: Instant
  notice_at: Instant | null
  bin: string | null
  funding: string | null
  renewed_at: Instant | null
  fingerprint: string | null
}

export type OutsideDecisionsTable = {
  account_id: Uuid
  id: Uuid
  recovery_id: Uuid
  state: 'scheduled' | 'awaiting_card' | 'failed' | 'blocked' | 'canceled'
  attempts_made: number
  due_at: Instant | null
  source: 'planner' | 'schedule' | 'network' | null
  chance: number | null
  runner_up_at: Instant | null
  runner_up_chance: number | null
  recommended_action: string | null
  reasons: JsonValue
  learned_from: bigint
  decided_at: Instant
}

export type OutsideEvidenceTable = {
  account_id: Uuid
  segment: string
  body: JsonValue
  attempts: bigint
  seen_at: Instant
}

export type OutsideLearningTable = {
  account_id: Uuid
  version: Generated<bigint>
  learned_to: Uuid
  waiting: Generated<JsonValue>
  gateways: Generated<JsonValue>
  attempts: Generated<bigint>
  learned_at: Instant
}

export type OutsideRecoveriesTable = {
  account_id: Uuid
  id: Uuid
  client_id: Uuid
  gateway_id: Uuid | null
  state: 'attempting' | 'scheduled' | 'awaiting_card' | 'succeeded' | 'failed' | 'blocked' | 'canceled'
  idempotency_key: string | null
  handed_token: string
  token: string
  fallback_tokens: JsonValue
  amount_minor: bigint
  currency: string
  first_decline: JsonValue | null
  last_decline: JsonValue | null
  is_urgent: boolean
  is_simulated: boolean
  card_country: string | null
  card_bin: string | null
  method_type: string | null
  customer_email: string | null
  attempts_made: Generated<number>
  last_attempt_at: Instant
  strategy: 'none' | 'primary' | 'fallback'
  trigger: string | null
  next_attempt_at: Instant | null
  plan: JsonValue | null
  recommended_action: string | null
  reason: string | null
  gateway_reference: string | null
  opened_at: Instant
  closed_at: Instant | null
  connector_id: Uuid | null
  moved_at: Instant | null
  is_customer_present: Generated<boolean>
  updater_ask_at: Instant | null
}

export type PaymentAttemptsTable = {
  account_id: Uuid
  id: Uuid
  operation: Generated<'charge' | 'authorize' | 'capture' | 'refund' | 'void'>
  state: 'sending' | 'unknown' | 'pending' | 'needs_action' | 'succeeded' | 'declined' | 'canceled'
  invoice_id: Uuid | null
  payment_intent_id: Uuid | null
  subscription_id: Uuid | null
  customer_id: Uuid
  payment_method_id: Uuid
  gateway_id: Uuid
  attempt_number: number
  sends: Generated<number>
  amount_minor: bigint
  currency: string
  gateway_reference: string | null
  decline_code: string | null
  decline_iso_code: string | null
  advice_code: string | null
  message: string | null
  next_action: JsonValue | null
  lease_until: Instant | null
  check_at: Instant | null
  created_at: Instant
  settled_at: Instant | null
  last_sent_at: Instant | null
  is_customer_present: Generated<boolean>
  retry_number: Generated<number>
  retry_kind: string | null
  avs_code: string | null
  cvv_code: string | null
  resolution: JsonValue | null
}

export type PaymentIntentsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  customer_id: Uuid
  payment_method_id: Uuid | null
  invoice_id: Uuid | null
  amount_minor: bigint
  amount_capturable_minor: Generated<bigint>
  amount_received_minor: Generated<bigint>
  currency: string
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'processing' | 'succeeded' | 'canceled'
  capture_method: Generated<string>
  description: string | null
  statement_descriptor: string | null
  statement_descriptor_suffix: string | null
  receipt_email: string | null
  client_secret: string
  last_error: JsonValue | null
  next_action: JsonValue | null
  cancellation_reason: string | null
  canceled_at: Instant | null
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  charge_key: string | null
  is_without_receipt: Generated<boolean>
}

export type PaymentMethodTokensTable = {
  account_id: Uuid
  payment_method_id: Uuid
  gateway_id: Uuid
  token: string
  network_transaction_id: string | null
}

export type PaymentMethodsTable = {
  account_id: Uuid
  id: Uuid
  customer_id: Uuid | null
  type: 'card' | 'us_bank_account' | 'bacs_direct_debit' | 'bank_account'
  status: Generated<'active' | 'inactive' | 'expired'>
  is_default: Generated<boolean>
  card_brand: string | null
  card_last4: string | null
  card_exp_month: number | null
  card_exp_year: number | null
  card_funding: string | null
  card_country: string | null
  bank_name: string | null
  bank_last4: string | null
  bank_routing_last4: string | null
  bank_account_type: string | null
  fingerprint: string | null
  billing_details: JsonValue | null
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  card_bin: string | null
  priority: number | null
  wallet: string | null
  card_notices: Generated<number>
  card_data_at: Instant | null
  card_number_at: Instant | null
  updater_ask_at: Instant | null
}

export type PaymentProfileVersionsTable = {
  account_id: Uuid
  payment_profile_id: Uuid
  version: number
  definition: JsonValue
  created_at: Instant
}

export type PaymentProfilesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  name: string
  description: string | null
  is_enabled: Generated<boolean>
  definition: JsonValue
  created_at: Instant
  updated_at: Instant
}

export type PayoutsTable = {
  account_id: Uuid
  id: Uuid
  gateway_id: Uuid
  reference: string
  status: Generated<'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled'>
  currency: string
  gross_minor: Generated<bigint>
  fees_minor: Generated<bigint>
  net_minor: bigint
  charges_count: Generated<number>
  refunds_count: Generated<number>
  chargebacks_count: Generated<number>
  arrived_at: Instant
  created_at: Instant
}

export type PricesTable = {
  account_id: Uuid
  id: Uuid
  product_id: Uuid
  version: Generated<number>
  active: Generated<boolean>
  currency: string
  type: 'one_time' | 'recurring'
  pricing_model: 'fixed' | 'pay_what_you_want' | 'free'
  billing_scheme: 'per_unit' | 'flat' | 'tiered' | 'percentage'
  unit_amount_minor: bigint | null
  unit_amount_decimal: string | null
  minimum_amount_minor: bigint | null
  maximum_amount_minor: bigint | null
  suggested_amount_minor: bigint | null
  preset_amounts: JsonValue | null
  tiers_mode: string | null
  tiers: JsonValue | null
  transform_divide_by: bigint | null
  transform_round: string | null
  percentage_rate_bps: number | null
  free_units: Generated<bigint>
  spending_minimum_minor: bigint | null
  spending_maximum_minor: bigint | null
  interval_unit: string | null
  interval_count: number | null
  trial_period_days: number | null
  start_rule: string | null
  pay_in_advance: Generated<boolean>
  name: string | null
  nickname: string | null
  description: string | null
  lookup_key: string | null
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  profile_id: Uuid | null
}

export type ProductsTable = {
  account_id: Uuid
  id: Uuid
  reference: string
  name: string
  description: string | null
  kind: 'subscription' | 'one_time' | 'usage'
  pricing_model: 'one_time' | 'recurring' | 'usage'
  amount_minor: bigint | null
  currency: string
  interval_unit: string | null
  interval_count: number | null
  trial_days: Generated<number>
  usage_meter_id: string | null
  slug: string | null
  image_url: string | null
  tax_behavior: string | null
  tax_code: string | null
  fulfillment_type: Generated<string>
  track_inventory: Generated<boolean>
  stock_quantity: bigint | null
  billing_anchor_rule: string | null
  billing_anchor_day: number | null
  first_charge_behavior: string | null
  end_behavior: string | null
  max_payments: number | null
  profile_id: Uuid | null
  is_active: Generated<boolean>
  is_archived: Generated<boolean>
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  search: GeneratedAlways<string>
  recovery: JsonValue | null
  product_group: string | null
  trial_amount_minor: bigint | null
  renewal_amount_minor: bigint | null
  trial_shipping: Generated<string>
}

export type ReconciliationDifferencesTable = {
  account_id: Uuid
  id: Uuid
  gateway_id: Uuid
  run_id: Uuid
  kind: 'missing_here' | 'missing_there' | 'amount_differs' | 'state_differs' | 'currency_differs'
  subject_kind: 'movement' | 'transaction'
  subject_id: Uuid
  reference: string | null
  transaction_id: Uuid | null
  ours_minor: bigint | null
  theirs_minor: bigint | null
  currency: string
  state: Generated<'open' | 'resolved'>
  found_at: Instant
  resolved_at: Instant | null
  resolved_how: 'matched' | 'note' | null
  note: string | null
}

export type ReconciliationRunsTable = {
  account_id: Uuid
  id: Uuid
  gateway_id: Uuid
  from_at: Instant
  until_at: Instant
  state: Generated<'running' | 'finished' | 'failed'>
  movements: Generated<number>
  matched: Generated<number>
  opened: Generated<number>
  resolved: Generated<number>
  error: string | null
  started_at: Instant
  finished_at: Instant | null
  source: Generated<'list' | 'settlement'>
}

export type RecoveryCasesTable = {
  account_id: Uuid
  id: Uuid
  invoice_id: Uuid
  subscription_id: Uuid | null
  customer_id: Uuid
  state: 'open' | 'recovered' | 'exhausted' | 'canceled'
  amount_minor: bigint
  currency: string
  retries_made: Generated<number>
  next_attempt_at: Instant | null
  first_decline_code: string | null
  last_decline_code: string | null
  opened_at: Instant
  closed_at: Instant | null
  policy: JsonValue | null
  waits_for: Generated<'try' | 'card' | 'end' | 'chance'>
  gateway_id: Uuid | null
  plan_at: Instant | null
  times_moved: Generated<number>
  retry_now_at: Instant | null
  counts_from: Instant | null
  excused_to: Instant | null
  salvage_at: Instant | null
}

export type RecoveryClientsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  api_key_id: Uuid
  publishable_key_id: Uuid
  webhook_secret_sealed: string
  webhook_url: string | null
  dunning_enabled: Generated<boolean>
  billing_cycle_day: number | null
  timezone: Generated<string>
  card_update_domain: string | null
  brand_name: string | null
  brand_logo_url: string | null
  brand_primary_color: string | null
  gateway: string | null
  retry_policy: Generated<'planner' | 'schedule'>
  created_at: Instant
  updated_at: Instant
}

export type RecoveryConnectorsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  client_id: Uuid
  platform: 'chargebee' | 'recurly' | 'stripe-billing' | 'braintree' | 'zuora' | 'shopify-recharge'
  is_enabled: Generated<boolean>
  credentials_sealed: string
  credentials_hint: JsonValue
  created_at: Instant
  updated_at: Instant
}

export type RecoveryDecisionsTable = {
  account_id: Uuid
  id: Uuid
  case_id: Uuid
  kind: 'try' | 'wait_for_card' | 'wait_for_chance' | 'give_up'
  policy: 'planner' | 'fixed' | 'ladder'
  retry_number: number
  due_at: Instant
  gateway_id: Uuid | null
  payment_method_id: Uuid | null
  chance: number | null
  runner_up_at: Instant | null
  runner_up_gateway_id: Uuid | null
  runner_up_chance: number | null
  guard_rule: string | null
  guard_until: Instant | null
  reasons: JsonValue
  learned_from: bigint
  decided_at: Instant
  guard_since: Instant | null
  guard_source: string | null
}

export type RecoveryDeliveriesTable = {
  account_id: Uuid
  id: Uuid
  client_id: Uuid
  recovery_id: Uuid | null
  event: string
  body: string
  state: 'waiting' | 'done' | 'dead' | 'kept'
  tries: Generated<number>
  first_try_at: Instant | null
  next_try_at: Instant | null
  last_status: number | null
  last_error: string | null
  created_at: Instant
  done_at: Instant | null
}

export type RecoveryEvidenceTable = {
  account_id: Uuid
  segment: string
  body: JsonValue
  attempts: bigint
  seen_at: Instant
}

export type RecoveryLearningTable = {
  account_id: Uuid
  version: Generated<bigint>
  learned_to: Uuid
  waiting: Generated<JsonValue>
  gateways: Generated<JsonValue>
  attempts: Generated<bigint>
  learned_at: Instant
}

export type RecoveryOutagesTable = {
  account_id: Uuid
  id: Uuid
  source: 'own' | 'handed_over'
  gateway_id: Uuid
  currency: string
  since_at: Instant
  suspected_at: Instant
  ended_at: Instant | null
  tried: bigint
  approved: bigint
}

export type RecyclingTermsTable = {
  account_id: Uuid
  subscription_id: Uuid
  kind: 'subscription' | 'installment'
  reference: string | null
  cancel_mode: 'immediately' | 'period_end'
  recycles_start: boolean
  initial_bill_at: Instant
  tax_address: JsonValue | null
  created_at: Instant
}

export type RefundsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  transaction_id: Uuid
  number: number
  status: 'pending' | 'processing' | 'succeeded' | 'failed' | 'canceled'
  mode: 'at_once' | 'delayed'
  reason: 'customer_request' | 'duplicate' | 'fraudulent' | 'product_not_received' | 'product_unacceptable' | 'subscription_canceled' | 'other' | null
  reason_details: string | null
  amount_minor: bigint
  charged_minor: bigint
  currency: string
  customer_id: Uuid
  invoice_id: Uuid | null
  payment_intent_id: Uuid | null
  subscription_id: Uuid | null
  credit_note_id: Uuid | null
  gateway_id: Uuid | null
  charge_reference: string | null
  gateway_reference: string | null
  failure_code: string | null
  failure_message: string | null
  sends: Generated<number>
  send_at: Instant | null
  check_at: Instant | null
  sent_at: Instant | null
  lease_until: Instant | null
  created_at: Instant
  updated_at: Instant
  processed_at: Instant | null
  invoice_line_id: Uuid | null
  first_refund_id: Uuid | null
}

export type RenewalRunsTable = {
  account_id: Uuid
  id: Uuid
  started_at: Instant
  finished_at: Instant | null
  due: Generated<number>
  renewed: Generated<number>
  failed: Generated<number>
  other: Generated<number>
  parked: Generated<number>
  parked_reasons: Generated<JsonValue>
  fault: string | null
}

export type RenewalsTable = {
  account_id: Uuid
  id: Uuid
  subscription_id: Uuid
  cycle: number
  kind: 'initial' | 'trial_end' | 'automatic' | 'manual'
  status: 'processing' | 'paid' | 'overdue' | 'partially_paid' | 'void' | 'partially_refunded' | 'refunded'
  renewal_at: Instant
  period_start: Instant
  period_end: Instant
  amount_minor: bigint
  currency: string
  invoice_id: Uuid | null
  run_id: Uuid | null
  created_at: Instant
}

export type RevcentCallsTable = {
  account_id: Uuid
  id: Uuid
  api_key_id: Uuid
  operation: string
  status: number
  error_code: string | null
  created_at: Instant
}

export type RevcentCardsTable = {
  account_id: Uuid
  call_hash: string
  payment_method_id: Uuid | null
  created_at: Instant
  tokens: JsonValue | null
}

export type RevcentKeysTable = {
  account_id: Uuid
  api_key_id: Uuid
  permissions: JsonValue | null
  addresses: JsonValue | null
  updated_at: Instant
}

export type Revolv3AddressesTable = {
  account_id: Uuid
  id: Uuid
  detail: JsonValue
}

export type Revolv3CustomersTable = {
  account_id: Uuid
  customer_id: Uuid
  reference: string | null
  first_name: string | null
  last_name: string | null
  email: string | null
  billing_addresses: JsonValue
  shipping_addresses: JsonValue
}

export type Revolv3DeliveriesTable = {
  account_id: Uuid
  id: Uuid
  event_id: Uuid
  event_type: string
  object_id: Uuid
  body: string
  state: 'waiting' | 'done' | 'dead'
  tries: Generated<number>
  first_try_at: Instant | null
  next_try_at: Instant | null
  last_status: number | null
  last_error: string | null
  created_at: Instant
  done_at: Instant | null
}

export type Revolv3NewsTable = {
  account_id: Uuid
  event_id: Uuid
  attempt_id: Uuid | null
}

export type RoutingDecisionsTable = {
  account_id: Uuid
  id: Uuid
  invoice_id: Uuid | null
  payment_intent_id: Uuid | null
  kind: 'charge' | 'stop'
  stop_code: string | null
  gateway_id: Uuid | null
  payment_profile_id: Uuid | null
  payment_profile_version: number | null
  state: JsonValue
  reasons: JsonValue
  created_at: Instant
}

export type RoutingTurnsTable = {
  account_id: Uuid
  turn_of: string
  gateway_id: Uuid
}

export type SaleLinesTable = {
  account_id: Uuid
  sale_id: Uuid
  position: number
  kind: 'product' | 'shipping' | 'tax' | 'discount'
  invoice_line_id: Uuid | null
  of_position: number | null
  product_id: Uuid | null
  price_id: Uuid | null
  description: string
  quantity: bigint
  unit_amount_minor: bigint | null
  amount_minor: bigint
  profile_id: Uuid | null
  begins: JsonValue | null
  subscription_id: Uuid | null
  details: Generated<JsonValue>
  source: JsonValue | null
  metadata: Generated<JsonValue>
}

export type SalesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  customer_id: Uuid
  invoice_id: Uuid
  status: 'pending' | 'paid' | 'partially_paid' | 'declined' | 'voided'
  currency: string
  campaign: string | null
  shop: string | null
  payment_method_id: Uuid | null
  payment_profile_id: Uuid | null
  bill_to: JsonValue | null
  ship_to: JsonValue | null
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  begun_at: Instant | null
  voided_at: Instant | null
  makes_default: Generated<boolean>
  extras: JsonValue | null
}

export type SalvageProfilesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  name: string
  description: string | null
  status: Generated<'active' | 'inactive' | 'archived'>
  sources: JsonValue
  attempts: JsonValue
  created_at: Instant
  updated_at: Instant
}

export type SetupIntentsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  customer_id: Uuid | null
  payment_method_id: Uuid | null
  payment_method_types: JsonValue
  usage: 'on_session' | 'off_session'
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'processing' | 'succeeded' | 'canceled'
  description: string | null
  client_secret: string
  last_error: JsonValue | null
  next_action: JsonValue | null
  cancellation_reason: string | null
  verification_id: Uuid | null
  gateway_id: Uuid | null
  gateway_reference: string | null
  held_minor: bigint | null
  lease_until: Instant | null
  confirmed_at: Instant | null
  canceled_at: Instant | null
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
}

export type ShipmentsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  customer_id: Uuid
  subscription_id: Uuid | null
  invoice_id: Uuid
  status: 'pending' | 'shipped' | 'delivered' | 'canceled'
  provider: string | null
  provider_method: string | null
  shipping_profile_id: Uuid | null
  amount_minor: bigint
  currency: string
  ship_to: JsonValue | null
  tracking_number: string | null
  shipped_at: Instant | null
  delivered_at: Instant | null
  canceled_at: Instant | null
  created_at: Instant
  updated_at: Instant
  metadata: Generated<JsonValue>
}

export type ShippingProfilesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  name: string
  description: string | null
  status: Generated<'active' | 'inactive' | 'archived'>
  currency: string
  rates: JsonValue
  created_at: Instant
  updated_at: Instant
}

export type SubscriptionDiscountsTable = {
  account_id: Uuid
  subscription_id: Uuid
  discount_id: Uuid
  uses_made: number
}

export type SubscriptionEditRowsTable = {
  account_id: Uuid
  edit_id: Uuid
  position: number
  subscription_id: Uuid
  segment: number
  result: 'planned' | 'changed' | 'unchanged' | 'skipped' | 'failed'
  reason: string | null
  version: number
  notice_sent: boolean
  before: JsonValue
  after: JsonValue | null
  warnings: JsonValue
  actions: JsonValue | null
  undo: JsonValue | null
  version_after: number | null
}

export type SubscriptionEditsTable = {
  account_id: Uuid
  id: Uuid
  status: 'previewing' | 'draft' | 'running' | 'paused' | 'done' | 'canceled'
  undoes_id: Uuid | null
  filters: JsonValue
  segment_by: string
  segments: JsonValue
  rows_max: number | null
  review_digest: string
  totals: JsonValue
  loaded: number
  planned: number
  changed: Generated<number>
  unchanged: number
  skipped: number
  failed: Generated<number>
  request_id: string | null
  created_at: Instant
  expires_at: Instant
  confirmed_at: Instant | null
  finished_at: Instant | null
  updated_at: Instant
  matching: number | null
  reviewed_to_at: Instant | null
  reviewed_to_id: Uuid | null
}

export type SubscriptionItemsTable = {
  account_id: Uuid
  id: Uuid
  subscription_id: Uuid
  position: number
  component: Generated<'standard' | 'price_override' | 'discount' | 'discount_percentage' | 'final_discount'>
  price_id: Uuid | null
  product_id: Uuid | null
  description: string | null
  quantity: bigint
  currency: string
  unit_amount_minor: bigint | null
  cycle_first: Generated<number>
  cycle_count: number | null
  fulfillment_type: Generated<string>
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  removed_at: Instant | null
  rate_bps: number | null
  own_amount_minor: bigint | null
}

export type SubscriptionPaymentMethodsTable = {
  account_id: Uuid
  subscription_id: Uuid
  priority: number
  payment_method_id: Uuid
  tax_minor: Generated<bigint>
}

export type SubscriptionProfileVersionsTable = {
  account_id: Uuid
  subscription_profile_id: Uuid
  version: number
  definition: JsonValue
  reached: Generated<number>
  created_at: Instant
}

export type SubscriptionProfilesTable = {
  account_id: Uuid
  id: Uuid
  name: string
  description: string | null
  is_enabled: Generated<boolean>
  frequency: JsonValue
  occurrences: number | null
  overdue_limit: Generated<number>
  prefer_last_success_gateway: Generated<boolean>
  payment_profile_id: Uuid | null
  shipping_profile_id: Uuid | null
  subscription_id: Uuid | null
  created_at: Instant
  updated_at: Instant
  version: Generated<number>
  retries_failed: Generated<boolean>
  archived_at: Instant | null
  recovery: JsonValue | null
  salvage_profile_id: Uuid | null
}

export type SubscriptionRecoveryTable = {
  account_id: Uuid
  subscription_id: Uuid
  choice: JsonValue
  updated_at: Instant
}

export type SubscriptionRoutingTable = {
  account_id: Uuid
  subscription_id: Uuid
  forced_gateway_id: Uuid | null
  preferred_gateway_id: Uuid | null
  payment_profile_id: Uuid | null
  updated_at: Instant
}

export type SubscriptionsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  customer_id: Uuid
  business_id: Uuid | null
  product_id: Uuid | null
  price_id: Uuid | null
  profile_id: Uuid | null
  status: 'pending' | 'incomplete' | 'incomplete_expired' | 'trialing' | 'active' | 'past_due' | 'paused' | 'unpaid' | 'canceled' | 'expired'
  currency: string
  quantity: bigint
  amount_minor: bigint
  collection_method: 'charge_automatically' | 'send_invoice'
  days_until_due: Generated<number>
  timezone: string
  frequency: JsonValue
  date_rule: Generated<'anchored' | 'from_renewal'>
  anchor_at: Instant
  anchor_day: number | null
  anchor_cycle: Generated<number>
  first_charge: Generated<'immediate' | 'next_anchor' | 'prorate'>
  cycle: number
  cycles_billed: Generated<number>
  cycles_max: number | null
  ends_at: Instant | null
  started_at: Instant
  current_period_start: Instant
  current_period_end: Instant
  trial_end: Instant | null
  trial_ending_notice_sent: Generated<boolean>
  next_due_at: Instant | null
  cancel_at_period_end: Generated<boolean>
  canceled_at: Instant | null
  ended_at: Instant | null
  cancel_reason: string | null
  pause_at_period_end: Generated<boolean>
  pause_behavior: string | null
  paused_at: Instant | null
  resumes_at: Instant | null
  proration_mode: Generated<string>
  latest_invoice_id: Uuid | null
  parked_at: Instant | null
  parked_reason: string | null
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  on_dispute: 'none' | 'pause' | 'cancel' | null
  occurrences_max: number | null
  bills_before: Generated<number>
  overdue_limit: Generated<number>
  retries_failed: Generated<boolean>
  ship_to: JsonValue | null
  replaces_id: Uuid | null
  replaced_by_id: Uuid | null
  extras: JsonValue | null
  campaign: string | null
}

export type TaxRatesTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  display_name: string
  description: string | null
  jurisdiction: string | null
  rate_ppm: number
  is_inclusive: boolean
  tax_type: 'vat' | 'sales_tax' | 'gst' | 'other'
  country: string | null
  state: string | null
  status: Generated<'active' | 'inactive' | 'archived'>
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
}

export type TransactionsTable = {
  account_id: Uuid
  id: Uuid
  type: 'sale' | 'refund' | 'void' | 'capture' | 'dispute' | 'adjustment'
  status: 'pending' | 'succeeded' | 'failed' | 'voided'
  attempt_id: Uuid | null
  parent_transaction_id: Uuid | null
  invoice_id: Uuid | null
  payment_intent_id: Uuid | null
  subscription_id: Uuid | null
  customer_id: Uuid | null
  gateway_id: Uuid | null
  amount_minor: bigint
  refunded_minor: Generated<bigint>
  currency: string
  gateway_reference: string | null
  response_code: string | null
  response_text: string | null
  payment_method_type: string | null
  card_brand: string | null
  card_last4: string | null
  metadata: Generated<JsonValue>
  created_at: Instant
  updated_at: Instant
  refund_count: Generated<number>
}

export type UsersTable = {
  id: Uuid
  merchant_id: Uuid
  email: string
  password_hash: string
  role: 'owner' | 'admin' | 'manager' | 'support' | 'member' | 'viewer'
  created_at: Instant
}

export type VoidsTable = {
  account_id: Uuid
  id: Uuid
  version: Generated<number>
  transaction_id: Uuid
  status: 'pending' | 'processing' | 'succeeded' | 'failed'
  reason: string | null
  reason_code: 'customer_request' | 'duplicate' | 'fraudulent' | 'error' | 'other' | null
  amount_minor: bigint
  currency: string
  customer_id: Uuid
  invoice_id: Uuid | null
  payment_intent_id: Uuid | null
  subscription_id: Uuid | null
  gateway_id: Uuid
  charge_reference: string
  failure_code: string | null
  failure_message: string | null
  lease_until: Instant | null
  created_at: Instant
  updated_at: Instant
  voided_at: Instant | null
  ends_invoice: Generated<boolean>
}

export type DB = {
  accounts: AccountsTable
  api_keys: ApiKeysTable
  bin_profiles: BinProfilesTable
  bin_results: BinResultsTable
  card_news: CardNewsTable
  card_update_links: CardUpdateLinksTable
  challenges: ChallengesTable
  connected_invoices: ConnectedInvoicesTable
  connector_events: ConnectorEventsTable
  credit_note_counters: CreditNoteCountersTable
  credit_note_lines: CreditNoteLinesTable
  credit_notes: CreditNotesTable
  customer_balances: CustomerBalancesTable
  customers: CustomersTable
  discount_redemptions: DiscountRedemptionsTable
  discounts: DiscountsTable
  dispute_evidence: DisputeEvidenceTable
  disputes: DisputesTable
  dunning_assignments: DunningAssignmentsTable
  dunning_campaigns: DunningCampaignsTable
  dunning_runs: DunningRunsTable
  events: EventsTable
  gateway_cursors: GatewayCursorsTable
  gateway_groups: GatewayGroupsTable
  gateway_movements: GatewayMovementsTable
  gateway_notices: GatewayNoticesTable
  gateway_usage: GatewayUsageTable
  gateways: GatewaysTable
  idempotency_keys: IdempotencyKeysTable
  invoice_counters: InvoiceCountersTable
  invoice_lines: InvoiceLinesTable
  invoice_reminders: InvoiceRemindersTable
  invoices: InvoicesTable
  ledger_transfers: LedgerTransfersTable
  mail_templates: MailTemplatesTable
  mandate_collections: MandateCollectionsTable
  mandate_requests: MandateRequestsTable
  mandates: MandatesTable
  merchants: MerchantsTable
  object_number_counters: ObjectNumberCountersTable
  object_numbers: ObjectNumbersTable
  organic_payments: OrganicPaymentsTable
  outbox: OutboxTable
  outside_attempts: OutsideAttemptsTable
  outside_cards: OutsideCardsTable
  outside_decisions: OutsideDecisionsTable
  outside_evidence: OutsideEvidenceTable
  outside_learning: OutsideLearningTable
  outside_recoveries: OutsideRecoveriesTable
  payment_attempts: PaymentAttemptsTable
  payment_intents: PaymentIntentsTable
  payment_method_tokens: PaymentMethodTokensTable
  payment_methods: PaymentMethodsTable
  payment_profile_versions: PaymentProfileVersionsTable
  payment_profiles: PaymentProfilesTable
  payouts: PayoutsTable
  prices: PricesTable
  products: ProductsTable
  reconciliation_differences: ReconciliationDifferencesTable
  reconciliation_runs: ReconciliationRunsTable
  recovery_cases: RecoveryCasesTable
  recovery_clients: RecoveryClientsTable
  recovery_connectors: RecoveryConnectorsTable
  recovery_decisions: RecoveryDecisionsTable
  recovery_deliveries: RecoveryDeliveriesTable
  recovery_evidence: RecoveryEvidenceTable
  recovery_learning: RecoveryLearningTable
  recovery_outages: RecoveryOutagesTable
  recycling_terms: RecyclingTermsTable
  refunds: RefundsTable
  renewal_runs: RenewalRunsTable
  renewals: RenewalsTable
  revcent_calls: RevcentCallsTable
  revcent_cards: RevcentCardsTable
  revcent_keys: RevcentKeysTable
  revolv3_addresses: Revolv3AddressesTable
  revolv3_customers: Revolv3CustomersTable
  revolv3_deliveries: Revolv3DeliveriesTable
  revolv3_news: Revolv3NewsTable
  routing_decisions: RoutingDecisionsTable
  routing_turns: RoutingTurnsTable
  sale_lines: SaleLinesTable
  sales: SalesTable
  salvage_profiles: SalvageProfilesTable
  setup_intents: SetupIntentsTable
  shipments: ShipmentsTable
  shipping_profiles: ShippingProfilesTable
  subscription_discounts: SubscriptionDiscountsTable
  subscription_edit_rows: SubscriptionEditRowsTable
  subscription_edits: SubscriptionEditsTable
  subscription_items: SubscriptionItemsTable
  subscription_payment_methods: SubscriptionPaymentMethodsTable
  subscription_profile_versions: SubscriptionProfileVersionsTable
  subscription_profiles: SubscriptionProfilesTable
  subscription_recovery: SubscriptionRecoveryTable
  subscription_routing: SubscriptionRoutingTable
  subscriptions: SubscriptionsTable
  tax_rates: TaxRatesTable
  transactions: TransactionsTable
  users: UsersTable
  voids: VoidsTable
}
