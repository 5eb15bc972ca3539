import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  createApiClient,
  startHouse,
  type ApiClient,
  type House,
} from '@perennial/testkit/scenario'
import { UTC } from '@perennial/core/time'
import type { LedgerAccount } from '@perennial/core/ledger'
import type { Uuid } from '@perennial/core/ids'
import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../platform/db/index.ts'
import { CHECKS } from './checks.ts'
import { runChecks, verifyDatabase, type CheckResult } from './verify-database.ts'

// A small merchant on the real path, in every state that a check looks at; each break is planted by SQL in a
// transaction that is rolled back.

let house: House
let accountId: Uuid

before(async () => {
  house = await startHouse()
  const { sandbox } = await house.createMerchant({ timezone: UTC })
  accountId = sandbox.accountId
  const api = createApiClient({ url: house.service.url, apiKey: sandbox.apiKey })
  await api.post('/test-clock/advance', { to: '2027-01-31T09:00:00Z' })
  await fill(api)
  await handOver(api)
  const partPaid = await payInPart(api)
  const taxed = await sellTaxedDebit(api)
  await api.post('/test-clock/advance', { to: '2027-02-06T09:00:00Z' })
  await refundAll(api, partPaid)
  await api.post(`/invoices/${taxed}/refund`, { amount_minor: 6_000 })
  await api.post('/test-clock/advance', { to: '2027-05-02T00:00:00Z' })
  await api.post(`/invoices/${taxed}/void`)
  await giveUp(api)
})

after(() => house.close())

/** Paying, past due, written to, free, waiting for a bank, canceled, refunded and trying. */
const SUBSCRIBERS = [
  { name: 'Ada', token: 'tok_visa', terms: {} },
  { name: 'Ben', token: 'tok_decline_after_3_insufficient_funds', terms: {} },
  { name: 'Cyd', token: null, terms: { collectionMethod: 'send_invoice', daysUntilDue: 5 } },
  { name: 'Dee', token: 'tok_visa', terms: { quantity: 3, billingAnchorDay: 10 } },
  { name: 'Eve', token: 'tok_decline_do_not_honor', terms: {} },
  { name: 'Fay', token: 'tok_visa', terms: { trialDays: 120 } },
  { name: 'Gus', token: 'tok_mastercard', terms: { cancelAtPeriodEnd: true } },
  { name: 'Hal', token: 'tok_dispute_fraudulent', terms: { cancelAtPeriodEnd: true } },
  { name: 'Ida', token: 'tok_ach_return_R01_after_5', terms: { cancelAtPeriodEnd: true } },
] as const

async function fill(api: ApiClient): Promise<void> {
  const product = await api.post('/products', {
    product_id: 'plan',
    name: 'Plan',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 4900,
    currency: 'USD',
    interval: 'month',
    interval_count: 1,
  })
  const price = await api.post('/prices', {
    product_id: product.text('data.id'),
    currency: 'USD',
    unit_amount: 4900,
    type: 'recurring',
    interval: 'month',
  })
  for (const { name, token, terms } of SUBSCRIBERS) {
    const customer = await api.post('/customers', { email: `${name}@example.com`, name })
    const customerId = customer.text('data.id')
    const type = token?.startsWith('tok_ach') === true ? 'us_bank_account' : 'card'
    if (token !== null) await api.post('/payment-methods', { customer_id: customerId, type, token })
    await api.post('/subscriptions', { customerId, priceId: price.text('id'), ...terms })
    if (name === 'Gus') await giveBack(api, customerId)
  }
  await editTrials(api)
  await captureInPart(api)
  await sellTaxedGoods(api)
  const lines = [{ product_id: product.text('data.id') }]
  await api.post('/sales', {
    customer: { email: 'jay@example.com', name: 'Jay' },
    payment_token: 'tok_visa',
    lines,
    tax: [{ amount_minor: 100 }],
  })
}

/** Failed payments of another biller: paid, given up, and waiting for a card. */
async function handOver(api: ApiClient): Promise<void> {
  const client = await api.post('/recovery/clients', {})
  const key = client.text('data.api_key')
  for (const originalDeclineCode of ['do_not_honor', 'invalid_account', 'expired_card']) {
    const body = { paymentMethodToken: `pm_${originalDeclineCode}`, amount: 5000, originalDeclineCode } // prettier-ignore
    const answer = await fetch(`${house.service.url}/api/recovery/execute`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    ok(answer.ok, await answer.text())
  }
}

/** Something physical, with a discount and a tax. */
async function sellTaxedGoods(api: ApiClient): Promise<void> {
  const goods = await api.post('/products', {
    product_id: 'tea',
    name: 'Tea',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 2000,
    interval: 'month',
    interval_count: 1,
    fulfillment_type: 'physical',
  })
  const ten = { code: 'TEN', name: 'Ten', discount_type: 'percentage', discount_value: 10 }
  const discount = await api.post('/discounts', { ...ten, recurring_type: 'forever' })
  const rate = await api.post('/tax-rates', { display_name: 'VAT', percentage: 20 })
  await api.post('/shipping-profiles', { name: 'Post', rates: [{ amount_minor: 500 }] })
  const customer = await api.post('/customers', { email: 'kim@example.com', name: 'Kim' })
  const customer_id = customer.text('data.id')
  await api.post('/payment-methods', { customer_id, type: 'card', token: 'tok_visa' })
  await api.post('/subscriptions', {
    customer_id,
    product_id: goods.text('data.id'),
    discount_ids: [discount.text('data.id')],
    tax_rate_ids: [rate.text('data.id')],
  })
}

/** 50.00 held, 30.00 of it taken. */
async function captureInPart(api: ApiClient): Promise<void> {
  const customer = (await api.post('/customers', { email: 'oli@example.com', name: 'Oli' })).text(
    'data.id',
  )
  await api.post('/payment-methods', { customer_id: customer, type: 'card', token: 'tok_visa' })
  const wish = { amount: 5_000, currency: 'USD', customer, capture_method: 'manual' }
  const intent = await api.post('/payment-intents', wish)
  const path = `/payment-intents/${intent.text('id')}`
  await api.post(`${path}/confirm`)
  await api.post(`${path}/capture`, { amount_to_capture: 3_000 })
}

/** A bulk edit of the one trial. */
async function editTrials(api: ApiClient): Promise<void> {
  const actions = [{ type: 'extend_next_renewal', days: 1 }]
  const review = await api.post('/subscription-edits', { filters: { in_trial: true }, actions })
  const review_token = review.text('data.review_token')
  await api.post(`/subscription-edits/${review.text('data.id')}/confirm`, { review_token })
}

/** A payment that is refunded in part and credited in part, and one that is called off. */
async function giveBack(api: ApiClient, customerId: string): Promise<void> {
  const paid = await api.get(`/transactions?customer_id=${customerId}&type=sale`)
  await api.post('/refunds', { payment_id: paid.text('data.0.id'), amount_minor: 1000 })
  await api.post('/credit_notes', {
    invoice_id: paid.text('data.0.invoice_id'),
    amount_minor: 500,
    credit_method: 'customer_balance',
  })
  const body = { customerId, amountMinor: 300, description: 'Sticker' }
  await api.post('/charges', body)
  const called = await api.get(`/payments?customer_id=${customerId}`)
  await api.post('/voids', { payment_id: called.text('data.0.id') })
}

/** A bill of 100.00 and 20.00 of tax, paid by a debit that its holder has the bank take back. */
async function sellTaxedDebit(api: ApiClient): Promise<string> {
  const customer = await api.post('/customers', { email: 'nan@example.com', name: 'Nan' })
  const customer_id = customer.text('data.id')
  const debit = { type: 'us_bank_account', token: 'tok_ach_return_R10_after_20' }
  await api.post('/payment-methods', { customer_id, ...debit })
  const rate = await api.post('/tax-rates', { display_name: 'Duty', percentage: 20 })
  const product = await api.post('/products', {
    product_id: 'yearly',
    name: 'Yearly',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 10_000,
    interval: 'year',
    interval_count: 1,
  })
  await api.post('/subscriptions', {
    customer_id,
    product_id: product.text('data.id'),
    tax_rate_ids: [rate.text('data.id')],
  })
  return (await api.get(`/invoices?customerId=${customer_id}`)).text('data.0.id')
}

/** An invoice that is void. */
async function giveUp(api: ApiClient): Promise<void> {
  const customer = await api.post('/customers', { email: 'max@example.com', name: 'Max' })
  const wanted = { customer_uuid: customer.text('data.id'), total_minor: 700 }
  const invoice = await api.post('/invoices', wanted)
  await api.post(`/invoices/${invoice.text('data.id')}/finalize`)
  await api.post(`/invoices/${invoice.text('data.id')}/void`)
}

/** An invoice paid in part by a bank debit that is given back by the merchant, and taken back by the bank as well. */
async function payInPart(api: ApiClient): Promise<string> {
  const customer = await api.post('/customers', { email: 'lou@example.com', name: 'Lou' })
  const customer_id = customer.text('data.id')
  const debit = { type: 'us_bank_account', token: 'tok_ach_return_R01_after_20' }
  await api.post('/payment-methods', { customer_id, ...debit })
  const invoice = await api.post('/invoices', { customer_uuid: customer_id, total_minor: 10_000 })
  const id = invoice.text('data.id')
  await api.post(`/invoices/${id}/finalize`)
  await api.post(`/invoices/${id}/pay`, { amount_minor: 5_000 })
  return id
}

async function refundAll(api: ApiClient, invoiceId: string): Promise<void> {
  const paid = await api.get(`/transactions?invoice_id=${invoiceId}&type=sale`)
  await api.post('/refunds', { payment_id: paid.text('data.0.id') })
}

test('a database on which nothing went wrong keeps every promise', async () => {
  const seen: string[] = []
  const whole = await verifyDatabase({
    ...house,
    onChecked: ({ name }) => seen.push(name),
  })
  deepEqual(
    whole.checks.filter((check) => !check.ok),
    [],
  )
  ok(whole.ok)
  deepEqual(
    whole.checks.map((check) => check.name),
    CHECKS.map((check) => check.name),
  )
  equal(seen.length, CHECKS.length)
  ok((await verifyDatabase({ ...house, accountId })).ok)
})

const NEW_ID = sql`gen_random_uuid()`

/** One more of a row, changed in some columns. */
function copy(
  table: string,
  where: RawBuilder<unknown>,
  change: Readonly<Record<string, RawBuilder<unknown>>>,
): RawBuilder<unknown> {
  const pairs = Object.entries(change).flatMap(([column, value]) => [sql`${column}::text`, value])
  return sql`
    insert into ${sql.table(table)}
    select (jsonb_populate_record(t, jsonb_build_object(${sql.join(pairs)}))).*
      from ${sql.table(table)} t where ${where} order by t.id limit 1`
}

/** Changes the first row of those that fit. */
function change(
  table: string,
  where: RawBuilder<unknown>,
  set: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    update ${sql.table(table)} set ${set}
     where id = (select t.id from ${sql.table(table)} t where ${where} order by t.id limit 1)`
}

/** A receipt of the first movement of those that fit, that tells this amount. */
function receiptOf(
  where: RawBuilder<unknown>,
  amountMinor: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    insert into outbox (account_id, id, kind, dedupe_key, payload, state, created_at)
    select t.account_id, ${NEW_ID}, 'mail', 'payment_receipt:' || t.id,
           jsonb_build_object('data', jsonb_build_object('amount_minor', ${amountMinor})), 'kept', t.created_at
      from transactions t where ${where} order by t.id limit 1`
}

const ANY = sql`true`
const PAID = sql`t.status = 'paid'`
const OPEN = sql`t.status = 'finalized' and t.id in (select invoice_id from recovery_cases where state = 'open')`
const FIRST_REFUSED = sql`(
  select p.id from payment_attempts p where p.state = 'declined' and p.invoice_id is not null order by p.id limit 1)`
const ACTIVE = sql`t.status = 'active' and t.collection_method = 'charge_automatically'`

const PLANTED = sql`'ffffffff-ffff-7fff-8fff-fffffffffffe'::uuid`
const VERSION = sql`
  insert into subscription_profile_versions (account_id, subscription_profile_id, version, definition, created_at)
  select account_id, id, version, '{}', created_at from subscription_profiles where id = ${PLANTED}`

/** A profile like the first active subscription, made for `subscriptionId` alone or for all. */
function profileFor(subscriptionId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into subscription_profiles (account_id, id, name, frequency, subscription_id, created_at, updated_at)
    select t.account_id, ${PLANTED}, 'Planted', t.frequency, ${subscriptionId}, t.created_at, t.updated_at
      from subscriptions t where ${ACTIVE} order by t.id limit 1`
}

const follow = (more: RawBuilder<unknown>): RawBuilder<unknown> =>
  change('subscriptions', ACTIVE, sql`profile_id = ${PLANTED}, date_rule = 'from_renewal', ${more}`)

/** A mandate in force whose method is of another type. */
function mandateOver(type: string): RawBuilder<unknown> {
  return sql`
    insert into mandates (account_id, id, mandate_ref, customer_id, payment_method_id, gateway_id, status,
        account_holder_name, bank_sealed, sort_code_last2, account_number_last4, notice_days, acceptance,
        created_at, updated_at)
    select account_id, ${NEW_ID}, 'RK-AAAAAA', customer_id, id, ${NEW_ID}, 'active', 'Ada', 'x', '00', '1234', 5, '{}',
           created_at, created_at
      from payment_methods where type = ${type} order by id limit 1`
}

/** A whole second charge of a paid invoice, with everything that belongs to one. */
const SECOND_CHARGE = [
  sql`alter table invoices drop constraint invoices_paid_within_total`,
  sql`create temp table victim on commit drop as
      select i.id as invoice_id, t.id as sale_id, t.attempt_id,
             gen_random_uuid() as new_sale_id, gen_random_uuid() as new_attempt_id
        from invoices i join transactions t on t.invoice_id = i.id and t.status = 'succeeded' and t.attempt_id is not null
       order by i.id limit 1`,
  copy('payment_attempts', sql`t.id = (select attempt_id from victim)`, {
    id: sql`(select new_attempt_id from victim)`,
  }),
  copy('transactions', sql`t.id = (select sale_id from victim)`, {
    id: sql`(select new_sale_id from victim)`,
    attempt_id: sql`(select new_attempt_id from victim)`,
  }),
  copy('ledger_transfers', sql`t.source_id = (select sale_id from victim)`, {
    id: NEW_ID,
    source_id: sql`(select new_sale_id from victim)`,
  }),
  copy('events', sql`t.object_id = (select sale_id from victim)`, {
    id: NEW_ID,
    object_id: sql`(select new_sale_id from victim)`,
  }),
  sql`update invoices set paid_minor = 2 * total_minor where id = (select invoice_id from victim)`,
]

/** A failed sale that came from nowhere, and was told. */
const SALE_FROM_NOWHERE = [
  sql`create temp table victim on commit drop as
      select t.id as sale_id, gen_random_uuid() as new_sale_id
        from transactions t where t.status = 'failed' order by t.id limit 1`,
  copy('transactions', sql`t.id = (select sale_id from victim)`, {
    id: sql`(select new_sale_id from victim)`,
    attempt_id: sql`null::uuid`,
  }),
  copy('events', sql`t.object_id = (select sale_id from victim)`, {
    id: NEW_ID,
    object_id: sql`(select new_sale_id from victim)`,
  }),
]

/** Money of an invoice that nothing is behind, booked from one account to another. */
function between(debit: LedgerAccount, credit: LedgerAccount): RawBuilder<unknown> {
  return copy('ledger_transfers', sql`t.source_kind = 'invoice_issued'`, {
    id: NEW_ID,
    source_kind: sql`'correction'::text`,
    debit_account: sql`${debit}::text`,
    credit_account: sql`${credit}::text`,
    amount_minor: sql`777::bigint`,
  })
}

const MIDDLE_RENEWAL = sql`(select r.invoice_id from renewals r join renewals n
   on n.subscription_id = r.subscription_id and n.cycle = r.cycle + 1 order by r.id limit 1)`

/** One of a charge of an intent, at the first gateway. */
function challengeOf(subjectId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into challenges (account_id, id, gateway_id, subject, subject_id, created_at)
    select account_id, ${NEW_ID}, id, 'payment_intent', ${subjectId}, created_at from gateways order by id limit 1`
}

const PAGE = sql`'{"type": "redirect_to_url", "url": "http://localhost/pay/challenges/x"}'::jsonb`

/** A declined charge of an invoice that is still owed. */
const DECLINED = sql`t.state = 'declined' and t.invoice_id in (
  select id from invoices where status <> 'void' and paid_minor < total_minor)`

/** A charge that waits for its customer. */
const waiting = (as: Record<string, RawBuilder<unknown>>): RawBuilder<unknown> =>
  copy('payment_attempts', DECLINED, {
    id: NEW_ID,
    state: sql`'needs_action'::text`,
    check_at: sql`'2099-01-01'::timestamptz`,
    ...as,
  })

/** A note for more than was left of an invoice that was once owed again, and all that it did. */
const CREDIT_OF_NOTHING = [
  sql`create temp table victim on commit drop as
      select n.id, n.invoice_id, n.customer_id from credit_notes n where n.credit_method = 'customer_balance'`,
  sql`update credit_notes n set amount_minor = amount_minor + 3500 from victim v where n.id = v.id`,
  sql`update credit_note_lines l set total_amount_minor = total_amount_minor + 3500, unit_amount_minor = unit_amount_minor + 3500
        from victim v where l.credit_note_id = v.id`,
  sql`update ledger_transfers l set amount_minor = amount_minor + 3500 from victim v where l.source_id = v.id`,
  sql`update customer_balances b set balance_minor = balance_minor + 3500 from victim v where b.customer_id = v.customer_id`,
  sql`update invoices i set credited_minor = credited_minor + 3500, reopen_count = 1 from victim v where i.id = v.invoice_id`,
  sql`update events e set fact_number = 1 from victim v where e.object_id = v.invoice_id and e.type = 'invoice.paid'`,
]

/** A note by refund that nothing was asked for. */
const NOTE_WITHOUT_REFUND = [
  copy('credit_notes', ANY, {
    id: PLANTED,
    status: sql`'pending'::text`,
    number: sql`null::text`,
    issued_at: sql`null::timestamptz`,
    credit_method: sql`'refund_to_payment_method'::text`,
  }),
  copy('credit_note_lines', ANY, { id: NEW_ID, credit_note_id: PLANTED }),
]

const ANOTHER_GATEWAY = copy('gateways', ANY, {
  id: PLANTED,
  code: sql`'planted'::text`,
  name: sql`'Planted'::text`,
})

const OLI_SALE = sql`(
  select t.id from transactions t join payment_attempts a on a.id = t.attempt_id and a.operation = 'capture')`
const PLANTED_PAYOUT = sql`'ffffffff-ffff-7fff-8fff-fffffffffffd'::uuid`
const NO_FEE = { fee_minor: sql`0::bigint`, payout_reference: sql`'po_planted'::text` }

/** At a gateway of its own: a sale of 30.00, its line, and a payout of that line which brought a cent less. */
const PAID_OUT_TOO_LITTLE = [
  ANOTHER_GATEWAY,
  copy('transactions', sql`t.id = ${OLI_SALE}`, {
    id: PLANTED,
    attempt_id: sql`null::uuid`,
    payment_intent_id: sql`null::uuid`,
    gateway_id: PLANTED,
    gateway_reference: sql`'ch_planted'::text`,
  }),
  copy('events', sql`t.object_id = ${OLI_SALE}`, { id: NEW_ID, object_id: PLANTED }),
  copy('ledger_transfers', sql`t.source_id = ${OLI_SALE}`, {
    id: NEW_ID,
    source_id: PLANTED,
    gateway_id: PLANTED,
  }),
  copy('gateway_movements', sql`t.kind = 'charge'`, {
    ...NO_FEE,
    id: PLANTED,
    gateway_id: PLANTED,
    charge_reference: sql`'ch_planted'::text`,
    matched_kind: sql`'transaction'::text`,
    matched_id: PLANTED,
    amount_minor: sql`3000::bigint`,
  }),
  copy('gateway_movements', sql`t.kind = 'payout'`, {
    ...NO_FEE,
    id: PLANTED_PAYOUT,
    gateway_id: PLANTED,
    amount_minor: sql`-2999::bigint`,
  }),
  copy('ledger_transfers', sql`t.source_kind = 'gateway_payout'`, {
    id: NEW_ID,
    source_id: PLANTED_PAYOUT,
    gateway_id: PLANTED,
    amount_minor: sql`2999::bigint`,
  }),
  copy('payouts', ANY, {
    id: NEW_ID,
    gateway_id: PLANTED,
    reference: sql`'po_planted'::text`,
    gross_minor: sql`3000::bigint`,
    fees_minor: sql`0::bigint`,
    net_minor: sql`3000::bigint`,
  }),
]

const IS_CALLED_OFF = sql`t.type = 'sale' and t.status = 'voided'`
const A_VOID = sql`t.status = 'succeeded'`

/** A bank has taken back what was called off, and that is booked as well. */
const VOIDED_AND_RETURNED = [
  copy('transactions', IS_CALLED_OFF, {
    id: PLANTED,
    type: sql`'adjustment'::text`,
    status: sql`'succeeded'::text`,
    attempt_id: sql`null::uuid`,
    parent_transaction_id: sql`(select t.id from transactions t where ${IS_CALLED_OFF} limit 1)`,
    invoice_id: sql`null::uuid`,
    payment_intent_id: sql`null::uuid`,
  }),
  copy('ledger_transfers', sql`t.source_kind = 'return'`, {
    id: NEW_ID,
    debit_account: sql`'revenue'::text`,
    source_id: PLANTED,
    invoice_id: sql`null::uuid`,
    amount_minor: sql`(select amount_minor from transactions where id = ${PLANTED})`,
  }),
]

/** A void that succeeded of a payment that a bank was faster to take back. */
const RETURNED_FIRST = [
  sql`create temp table returned on commit drop as
      select r.parent_transaction_id as id from transactions r
       where r.type = 'adjustment' and r.status = 'succeeded' order by r.id limit 1`,
  copy('voids', A_VOID, { id: PLANTED, transaction_id: sql`(select id from returned)` }),
  copy('events', sql`t.type = 'void.created'`, { id: NEW_ID, object_id: PLANTED }),
  copy('events', sql`t.type = 'void.succeeded'`, { id: NEW_ID, object_id: PLANTED }),
]

const SUSPENDED = sql`status = 'paused', pause_behavior = 'suspend', paused_at = current_period_start`

const pickedUpTooLate = (
  what: string,
  plant: RawBuilder<unknown>,
): readonly [readonly string[], string, readonly RawBuilder<unknown>[]] => [
  ['subscription_due'],
  `${what} that nobody picks up in time`,
  [plant],
]

/** Subscriptions that are due later than their own state says. */
const NEVER_PICKED_UP = [
  pickedUpTooLate(
    'a renewal',
    change('subscriptions', ACTIVE, sql`next_due_at = current_period_end + interval '1 second'`),
  ),
  pickedUpTooLate(
    'the end of a term',
    change('subscriptions', ACTIVE, sql`ends_at = current_period_end - interval '1 day'`),
  ),
  pickedUpTooLate(
    'the end of a trial',
    change('subscriptions', sql`t.status = 'trialing'`, sql`next_due_at = '2199-01-01'`),
  ),
  pickedUpTooLate(
    'a period that ends past due',
    change('subscriptions', sql`t.status = 'past_due'`, sql`next_due_at = '2199-01-01'`),
  ),
  pickedUpTooLate(
    'a first payment',
    change(
      'subscriptions',
      ACTIVE,
      sql`status = 'pending', latest_invoice_id = null, next_due_at = '2199-01-01'`,
    ),
  ),
  pickedUpTooLate(
    'the end of a pause',
    change('subscriptions', ACTIVE, sql`${SUSPENDED}, resumes_at = current_period_start`),
  ),
  pickedUpTooLate(
    'the end of a pause, due never,',
    change(
      'subscriptions',
      ACTIVE,
      sql`${SUSPENDED}, resumes_at = current_period_end, next_due_at = null`,
    ),
  ),
]

/** Other breaks of the same promises. */
const MORE_PLANTS: readonly (readonly [
  checks: readonly string[],
  what: string,
  plant: readonly RawBuilder<unknown>[],
])[] = [
  ...NEVER_PICKED_UP,
  [
    ['renewal_has_invoice'],
    'a renewal that is owed of a bill that is void',
    [
      change(
        'renewals',
        sql`t.status = 'void' and t.invoice_id in (select id from invoices where status = 'void')`,
        sql`status = 'overdue'`,
      ),
    ],
  ],
  [
    ['challenge_can_be_met'],
    'a challenge at another gateway than its charge',
    [
      sql`
        insert into payment_intents (account_id, id, customer_id, amount_minor, currency, status, client_secret,
            created_at, updated_at)
        select account_id, ${PLANTED}, id, 100, 'USD', 'requires_action', 'secret', created_at, created_at
          from customers order by id limit 1`,
      waiting({
        id: PLANTED,
        payment_intent_id: PLANTED,
        invoice_id: sql`null::uuid`,
        gateway_id: sql`(select id from gateways order by id desc limit 1)`,
      }),
      challengeOf(PLANTED),
    ],
  ],
  [['invoice_given_back'], 'a credit of nothing that was paid', CREDIT_OF_NOTHING],
  [
    ['ledger_tax', 'ledger_refunds'],
    'tax that a refund took of a void invoice',
    [sql`delete from ledger_transfers where source_kind = 'refund_tax_undone'`],
  ],
  [
    ['invoice_status', 'ledger_credit'],
    'a void invoice that credit has paid',
    [change('invoices', sql`t.status = 'void'`, sql`paid_minor = 100, credit_applied_minor = 100`)],
  ],
  [['credit_note_given'], 'a note that waits for no refund', NOTE_WITHOUT_REFUND],
  [['void_has_movement'], 'a payment that is undone twice', VOIDED_AND_RETURNED],
  [
    ['void_has_movement'],
    'a void of what was neither called off nor taken back',
    [...RETURNED_FIRST, change('voids', sql`t.id = ${PLANTED}`, sql`transaction_id = ${OLI_SALE}`)],
  ],
  [
    ['sale_has_attempt', 'gateway_usage_within_attempts'],
    'a capture that took another amount than is booked',
    [change('payment_attempts', sql`t.operation = 'capture'`, sql`amount_minor = 2999`)],
  ],
  [['challenge_can_be_met'], 'a customer nobody awaits', [waiting({ next_action: PAGE })]],
  [['lost_answers_found'], 'a customer waited for without end', [waiting({ check_at: sql`null::timestamptz` })]], // prettier-ignore
  [['nothing_stuck'], 'a customer waited for too long', [waiting({ check_at: sql`'2027-05-01'::timestamptz` })]], // prettier-ignore
  [
    ['nothing_stuck'],
    'a card of which no updater was asked',
    [change('payment_methods', sql`t.type = 'card' and t.status <> 'inactive'`, sql`updater_ask_at = created_at`)], // prettier-ignore
  ],
  [
    ['nothing_stuck'],
    'a new card that nobody has tried',
    [
      sql`
        insert into card_news (account_id, customer_id, told_at)
        select m.account_id, m.customer_id, '2027-04-30' from payment_methods m order by m.id limit 1`,
    ],
  ],
  [
    ['nothing_stuck'],
    'a method whose customer is waited for too long',
    [
      sql`
        insert into setup_intents (account_id, id, customer_id, payment_method_id, payment_method_types, usage, status,
            client_secret, verification_id, gateway_id, created_at, updated_at)
        select m.account_id, ${NEW_ID}, m.customer_id, m.id, '["card"]', 'off_session', 'requires_action', 'secret',
               ${NEW_ID}, (select id from gateways order by id limit 1), '2027-04-30', '2027-04-30'
          from payment_methods m where m.type = 'card' order by m.id limit 1`,
    ],
  ],
]

const PLANTS: Readonly<Record<string, readonly RawBuilder<unknown>[]>> = {
  ledger_receivable: [
    change('ledger_transfers', sql`t.source_kind = 'return'`, sql`invoice_id = null`),
  ],
  ledger_discounts: [
    change(
      'ledger_transfers',
      sql`t.debit_account = 'discounts'`,
      sql`amount_minor = amount_minor + 1`,
    ),
  ],
  ledger_sales: [
    change('ledger_transfers', sql`t.source_kind = 'sale'`, sql`source_id = ${NEW_ID}`),
  ],
  ledger_reversals: [
    change('ledger_transfers', sql`t.reversal_of is not null`, sql`reversal_of = ${NEW_ID}`),
  ],
  ledger_revenue: [between('revenue', 'tax_payable')],
  ledger_write_offs: [between('refunds', 'write_offs')],
  ledger_tax: [change('credit_notes', ANY, sql`tax_amount_minor = 1`)],
  ledger_refunds: [
    change('ledger_transfers', sql`t.source_kind = 'refund'`, sql`invoice_id = null`),
  ],
  ledger_credit: [
    change(
      'ledger_transfers',
      sql`t.source_kind = 'invoice_issued'`,
      sql`source_kind = 'credit_applied'`,
    ),
  ],
  ledger_clearing: [
    ANOTHER_GATEWAY,
    // In sum nothing is missing.
    change('ledger_transfers', sql`t.source_kind = 'sale'`, sql`gateway_id = ${PLANTED}`),
  ],
  settled_clearing_is_empty: PAID_OUT_TOO_LITTLE,
  ledger_suspense: [
    copy('ledger_transfers', sql`t.source_kind = 'invoice_issued'`, {
      id: NEW_ID,
      source_kind: sql`'correction'::text`,
      debit_account: sql`'suspense'::text`,
      credit_account: sql`'gateway_fees'::text`,
    }),
  ],
  ledger_trial_balance: [
    copy('ledger_transfers', sql`t.debit_account = 'gateway_clearing'`, {
      id: NEW_ID,
      credit_account: sql`'suspense'::text`,
      source_kind: sql`'correction'::text`,
    }),
  ],
  ledger_chart: [
    change('ledger_transfers', sql`t.credit_account = 'revenue'`, sql`credit_account = 'revenu'`),
  ],
  invoice_paid_by_sales: [
    sql`create temp table victim on commit drop as select t.id from invoices t where ${OPEN} limit 1`,
    sql`update invoices set paid_minor = total_minor / 2 where id = (select id from victim)`,
    copy('ledger_transfers', sql`t.invoice_id = (select id from victim)`, {
      id: NEW_ID,
      debit_account: sql`'suspense'::text`,
      credit_account: sql`'receivable'::text`,
      amount_minor: sql`(select paid_minor from invoices where id = (select id from victim))`,
      source_kind: sql`'correction'::text`,
    }),
  ],
  invoice_paid_status: [change('invoices', PAID, sql`paid_at = null`)],
  invoice_charged_once: SECOND_CHARGE,
  sale_has_attempt: SALE_FROM_NOWHERE,
  capture_within_hold: [
    change('payment_attempts', sql`t.operation = 'authorize'`, sql`amount_minor = 2999`),
  ],
  attempt_has_sale: [copy('payment_attempts', sql`t.state = 'declined'`, { id: NEW_ID })],
  intent_received: [
    sql`insert into payment_intents (account_id, id, customer_id, amount_minor, amount_received_minor, currency,
          status, client_secret, created_at, updated_at)
        select account_id, ${NEW_ID}, id, 100, 100, 'USD', 'succeeded', 'secret', created_at, created_at
          from customers limit 1`,
  ],
  dispute_booked: [change('disputes', ANY, sql`amount_minor = amount_minor + 1`)],
  ledger_disputes: [between('disputes', 'dispute_fees')],
  return_booked: [
    change('transactions', sql`t.type = 'adjustment'`, sql`parent_transaction_id = ${NEW_ID}`),
  ],
  no_notice_parked: [change('gateway_notices', ANY, sql`state = 'parked'`)],
  movement_booked: [
    copy('gateway_movements', sql`t.kind = 'payout'`, {
      id: NEW_ID,
      reference: sql`'po_again'::text`,
    }),
  ],
  payout_adds_up: [
    change('payouts', sql`t.arrived_at > '2027-03-15'`, sql`net_minor = net_minor + 1`),
  ],
  refunds_within_payment: [
    change('transactions', sql`t.refunded_minor > 0`, sql`refunded_minor = refunded_minor + 1`),
  ],
  refund_has_movement: [
    copy('transactions', sql`t.type = 'refund'`, { id: NEW_ID, status: sql`'failed'::text` }),
  ],
  refund_tax: [
    copy('ledger_transfers', sql`t.source_kind = 'refund'`, {
      id: NEW_ID,
      debit_account: sql`'tax_payable'::text`,
      credit_account: sql`'refunds'::text`,
      amount_minor: sql`1`,
      gateway_id: sql`null::uuid`,
      source_position: sql`1`,
    }),
  ],
  invoice_given_back: [
    change('invoices', sql`t.refunded_minor > 0`, sql`credited_minor = credited_minor + 1`),
  ],
  line_given_back: [
    change('refunds', sql`t.invoice_id is not null`, sql`invoice_line_id = ${NEW_ID}`),
  ],
  renewal_refunded: [
    change('renewals', sql`t.status = 'partially_refunded'`, sql`status = 'refunded'`),
  ],
  void_has_movement: [
    change('ledger_transfers', sql`t.source_kind = 'void'`, sql`source_id = ${NEW_ID}`),
  ],
  customer_balance: [sql`update customer_balances set balance_minor = balance_minor + 1`],
  credit_note_given: [
    change('credit_note_lines', ANY, sql`total_amount_minor = total_amount_minor + 1`),
  ],
  credit_note_numbers: [change('credit_notes', ANY, sql`number = 'CN-2027-9999'`)],
  one_live_attempt: [
    sql`drop index payment_attempts_one_live_per_invoice`,
    ...[1, 2].map(() =>
      copy('payment_attempts', DECLINED, {
        id: NEW_ID,
        state: sql`'needs_action'::text`,
        check_at: sql`'2099-01-01'::timestamptz`,
      }),
    ),
  ],
  live_attempt_is_owed: [waiting({ invoice_id: sql`(select max(id::text)::uuid from invoices where status = 'paid')` })], // prettier-ignore
  challenge_can_be_met: [challengeOf(sql`${NEW_ID}`)],
  lost_answers_found: [
    copy('payment_attempts', DECLINED, {
      id: NEW_ID,
      state: sql`'unknown'::text`,
      lease_until: sql`'2026-11-01'::timestamptz`,
    }),
  ],
  routing_decision_is_its_attempt: [
    sql`
      insert into routing_decisions (account_id, id, invoice_id, kind, gateway_id, state, reasons, created_at)
      select account_id, id, invoice_id, 'charge', ${NEW_ID}, '{}', '[]', created_at
        from payment_attempts where invoice_id is not null limit 1`,
  ],
  gateway_usage_within_attempts: [sql`update gateway_usage set approved = approved + 1000`],
  gateway_credentials_sealed: [change('gateways', ANY, sql`credentials_sealed = 'sk_test_plain'`)],
  mandate_has_method: [mandateOver('card')],
  collection_paid_by_attempt: [
    sql`
      insert into mandate_collections (account_id, id, mandate_id, invoice_id, source_type, source_id, amount_minor,
          currency, status, notice_on, submission_on, collection_on, settlement_on, due_at, created_at, updated_at)
      select account_id, ${NEW_ID}, ${NEW_ID}, id, 'invoice', id, total_minor, 'GBP', 'scheduled', '2027-03-01',
             '2027-03-04', '2027-03-08', '2027-03-11', null, created_at, created_at
        from invoices order by id limit 1`,
  ],
  setup_saved_method: [
    sql`
      insert into setup_intents (account_id, id, payment_method_types, usage, status, client_secret, created_at, updated_at)
      select account_id, ${NEW_ID}, '["card"]', 'off_session', 'succeeded', 'seti_secret_x', created_at, created_at
        from payment_methods order by id limit 1`,
  ],
  one_renewal_per_date: [
    sql`alter table renewals drop constraint renewals_one_per_date`,
    sql`drop index renewals_one_per_invoice`,
    copy('renewals', ANY, { id: NEW_ID }),
  ],
  periods_follow: [
    sql`create temp table victim on commit drop as select ${MIDDLE_RENEWAL} as id`,
    sql`update renewals set period_end = period_end + interval '1 day' where invoice_id = (select id from victim)`,
    sql`update invoices set period_end = period_end + interval '1 day' where id = (select id from victim)`,
  ],
  renewal_has_invoice: [change('renewals', ANY, sql`amount_minor = amount_minor + 1`)],
  cycle_invoice_has_renewal: [
    sql`delete from renewals where id = (select id from renewals where kind = 'initial' limit 1)`,
  ],
  subscription_at_last_renewal: [
    change(
      'subscriptions',
      ACTIVE,
      sql`current_period_start = current_period_start - interval '1 day'`,
    ),
  ],
  invoice_is_its_lines: [change('invoice_lines', ANY, sql`amount_minor = amount_minor + 1`)],
  invoice_adds_up: [
    sql`alter table invoices drop constraint invoices_total_adds_up`,
    change('invoices', ANY, sql`tax_minor = 1`),
  ],
  invoice_tax_is_its_lines: [
    change('invoice_lines', sql`t.kind = 'tax'`, sql`amount_minor = amount_minor + 1`),
  ],
  discount_redemptions: [change('discount_redemptions', ANY, sql`amount_minor = amount_minor + 1`)],
  discount_counts: [change('discounts', ANY, sql`redemptions = redemptions + 1`)],
  shipment_of_paid_invoice: [sql`delete from shipments`],
  extras_are_known: [
    change(
      'subscriptions',
      ACTIVE,
      sql`extras = jsonb_build_object('tax_rate_ids', jsonb_build_array(${NEW_ID}::text))`,
    ),
  ],
  invoice_numbers: [change('invoices', PAID, sql`number = 'INV-2027-9999'`)],
  invoice_status: [change('invoices', PAID, sql`voided_at = paid_at`)],
  subscription_due: [change('subscriptions', ACTIVE, sql`next_due_at = null`)],
  own_amount_is_billed: [change('subscription_items', ANY, sql`own_amount_minor = 4901`)],
  nothing_parked: [
    change('subscriptions', ACTIVE, sql`parked_at = created_at, parked_reason = 'a fault'`),
  ],
  nothing_stuck: [change('subscriptions', ACTIVE, sql`next_due_at = created_at`)],
  recovery_case_state: [
    change('recovery_cases', sql`t.state = 'open'`, sql`closed_at = opened_at`),
  ],
  profile_terms: [profileFor(sql`null`), VERSION, follow(sql`overdue_limit = 7`)],
  profile_custom: [profileFor(NEW_ID), VERSION, follow(sql`overdue_limit = 0`)],
  profile_versions: [profileFor(sql`null`)],
  sale_is_its_invoice: [sql`update sale_lines set amount_minor = amount_minor + 1`],
  sale_begins_what_it_sold: [sql`update sale_lines set subscription_id = null`],
  sale_status: [change('sales', PAID, sql`status = 'pending'`)],
  sale_voided_ends_all: [change('sales', PAID, sql`status = 'voided', voided_at = created_at`)],
  replacement_links: [
    change('subscriptions', sql`t.status = 'canceled'`, sql`replaced_by_id = ${NEW_ID}`),
  ],
  past_due_has_case: [sql`delete from recovery_cases where state = 'open'`],
  recovery_case_is_decided: [
    sql`
      with gone as (delete from recovery_decisions)
      update recovery_cases set waits_for = 'card' where state = 'open'`,
  ],
  recovery_stops_where_told: [
    sql`
      with stopped as (update payment_attempts set decline_code = 'stolen_card' where id = ${FIRST_REFUSED})
      insert into payment_attempts
      select (jsonb_populate_record(t, jsonb_build_object(
               'id', 'ffffffff-ffff-7fff-8fff-ffffffffffff', 'retry_kind', 'scheduled', 'state', 'canceled'))).*
        from payment_attempts t where t.id = ${FIRST_REFUSED}`,
  ],
  subscription_edit_counts: [
    change('subscription_edits', ANY, sql`unchanged = unchanged + 1, loaded = loaded + 1`),
  ],
  subscription_edit_changed: [
    sql`update subscription_edit_rows set version_after = 1000 where result = 'changed'`,
  ],
  handed_over_charges: [sql`delete from outside_attempts where state = 'succeeded'`],
  handed_over_is_told: [
    sql`delete from recovery_deliveries where event = 'recovery.success'`,
    sql`update recovery_deliveries set event = 'recovery.blocked' where event = 'recovery.failed'`,
  ],
  receipt_tells_money: [
    receiptOf(sql`t.type = 'sale' and t.status = 'succeeded'`, sql`amount_minor + 1`),
    receiptOf(sql`t.type = 'sale' and t.status = 'failed'`, sql`amount_minor`),
  ],
  dunning_follows_cases: [
    sql`delete from dunning_runs`,
    change('dunning_runs', sql`t.state = 'ended'`, sql`state = 'open', ended_at = null`),
  ],
  event_has_object: [
    copy('events', sql`t.type = 'product.created'`, { id: NEW_ID, object_id: NEW_ID }),
  ],
  fact_has_event: [
    sql`delete from events where id = (select id from events where type = 'invoice.finalized' limit 1)`,
  ],
  event_has_fact: [
    copy('events', sql`t.type = 'subscription.renewed'`, { id: NEW_ID, fact_number: sql`999` }),
  ],
  line_references: [copy('invoice_lines', ANY, { id: NEW_ID, invoice_id: NEW_ID })],
  attempt_references: [change('payment_attempts', ANY, sql`payment_method_id = ${NEW_ID}`)],
  transaction_references: [change('transactions', ANY, sql`subscription_id = ${NEW_ID}`)],
  transfer_references: [
    change('ledger_transfers', sql`t.source_kind = 'gateway_payout'`, sql`customer_id = ${NEW_ID}`),
  ],
  invoice_references: [
    change('invoices', sql`t.billing_reason = 'manual'`, sql`subscription_id = ${NEW_ID}`),
  ],
  item_references: [change('subscription_items', ANY, sql`price_id = ${NEW_ID}`)],
  money_of_customer: [
    change('refunds', sql`t.invoice_id is not null`, sql`customer_id = ${NEW_ID}`),
  ],
  row_level_security: [sql`alter table renewals disable row level security`],
}

test('every check has a break that it finds', () => {
  deepEqual(Object.keys(PLANTS).toSorted(), CHECKS.map((check) => check.name).toSorted())
})

/** Both accounts of a transfer are looked at: what is wrong with one of them is seen on the other as well. */
const SEEN_TOO: Readonly<Record<string, readonly string[]>> = {
  ledger_trial_balance: ['ledger_clearing', 'ledger_suspense'],
  invoice_paid_by_sales: ['ledger_suspense'],
  ledger_discounts: ['ledger_revenue'],
  ledger_chart: ['ledger_revenue'],
  invoice_adds_up: ['ledger_tax'],
  ledger_revenue: ['ledger_tax'],
  ledger_write_offs: ['ledger_refunds'],
  ledger_tax: ['ledger_refunds'],
  movement_booked: ['ledger_clearing'],
}

const EACH_PLANT = Object.entries(PLANTS).map(
  ([name, plant]) => [[name, ...(SEEN_TOO[name] ?? [])], 'a break', plant] as const,
)

class Undo extends Error {}

/** The checks that fail once `plant` was done to the database, which is then as it was. */
async function brokenBy(plant: (tx: Tx) => Promise<unknown>): Promise<string[]> {
  let broken: string[] = []
  const undone = house.database.tx(async (tx) => {
    // No triggers, no foreign keys: a break that the database would not let in is checked for all the same.
    await sql`set local session_replication_role = replica`.execute(tx)
    await plant(tx)
    const results = await runChecks(tx, { accountId: null, realNow: house.clock.now() })
    broken = results
      .filter((result) => !result.ok)
      .map((result) => `${result.name}: ${result.problems[0]?.accountId === accountId}`)
    throw new Undo()
  })
  await rejects(undone, Undo)
  return broken
}

for (const [names, what, plant] of [...EACH_PLANT, ...MORE_PLANTS]) {
  test(`${what} is found, by ${names.join(' and ')} and nothing else`, async () => {
    const broken = await brokenBy(async (tx) => {
      for (const statement of plant) await statement.execute(tx)
    })
    deepEqual(
      broken.toSorted(),
      names.map((name) => `${name}: ${name !== 'row_level_security'}`).toSorted(),
    )
  })
}

test('a void of a payment that a bank was faster to take back is no break', async () => {
  const broken = await brokenBy(async (tx) => {
    for (const statement of RETURNED_FIRST) await statement.execute(tx)
  })
  deepEqual(broken, [])
})

test('of many breaks the first twenty are listed and all are counted', async () => {
  let found: CheckResult | undefined
  let transfers = 0
  await brokenBy(async (tx) => {
    await sql`update ledger_transfers set customer_id = ${NEW_ID}`.execute(tx)
    transfers = (await tx.selectFrom('ledger_transfers').select('id').execute()).length
    const results = await runChecks(tx, { accountId, realNow: house.clock.now() })
    found = results.find((result) => result.name === 'transfer_references')
  })
  ok(transfers > 20)
  deepEqual([found?.problems.length, found?.count], [20, transfers])
})

test('a look at one account says nothing about another', async () => {
  const other = await house.createMerchant({ timezone: UTC })
  const seen: boolean[] = []
  await brokenBy(async (tx) => {
    await sql`update ledger_transfers set customer_id = ${NEW_ID}`.execute(tx)
    for (const account of [accountId, other.sandbox.accountId]) {
      const results = await runChecks(tx, { accountId: account, realNow: house.clock.now() })
      seen.push(results.every((result) => result.ok))
    }
  })
  deepEqual(seen, [false, true])
})
