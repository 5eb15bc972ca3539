import { encodeId } from '@perennial/core/ids'
import { call, pickAny, type Stage } from '../stage.ts'
import type { Step } from './about.ts'

/** One of the account's payments, whatever was given back of it; null while there is none. */
async function pickPayment({ house, account, chance }: Stage): Promise<string | null> {
  const rows = await house.database.kysely
    .selectFrom('transactions')
    .select('id')
    .where('account_id', '=', account.id)
    .where('type', '=', 'sale')
    .where('status', 'in', ['succeeded', 'voided'])
    .orderBy('id')
    .execute()
  const row = chance.pickFrom(rows)
  return row === null ? null : encodeId('transaction', row.id)
}

async function pickPaidInvoice({ house, account, chance }: Stage): Promise<string | null> {
  const rows = await house.database.kysely
    .selectFrom('invoices')
    .select('id')
    .where('account_id', '=', account.id)
    .where('paid_minor', '>', 0n)
    .orderBy('id')
    .execute()
  const row = chance.pickFrom(rows)
  return row === null ? null : encodeId('invoice', row.id)
}

/** Part or all of a payment, at once or when it is old enough. */
export const refund: Step = async (stage) => {
  const payment_id = await pickPayment(stage)
  if (payment_id === null) return
  const { chance } = stage
  const part = chance.happens(0.6) ? { amount_minor: 1 + chance.below(5000) } : {}
  const mode = chance.pick(['at_once', 'at_once', 'delayed'])
  const body = { payment_id, mode, ...part }
  await call(stage, { method: 'POST', path: '/refunds', body }, stage.faults)
}

export const voidPayment: Step = async (stage) => {
  const payment_id = await pickPayment(stage)
  if (payment_id === null) return
  await call(stage, { method: 'POST', path: '/voids', body: { payment_id } }, stage.faults)
}

export const creditInvoice: Step = async (stage) => {
  const invoice_id = await pickPaidInvoice(stage)
  if (invoice_id === null) return
  const { chance } = stage
  const body = {
    invoice_id,
    amount_minor: 1 + chance.below(4000),
    credit_method: chance.pick(['customer_balance', 'refund_to_payment_method', 'external']),
    auto_route: chance.happens(0.5),
  }
  await call(stage, { method: 'POST', path: '/credit_notes', body }, stage.faults)
}

export const voidCredit: Step = async (stage) => {
  const id = await pickAny(stage, 'credit_notes')
  if (id === null) return
  const path = `/credit_notes/${id}/void`
  await call(stage, { method: 'POST', path, body: {} }, stage.faults)
}

/** What the card world gave back of each charge, by the attempt that made it. */
export type GivenBack = { readonly idempotency_key: string; readonly refunded_minor: number }

/** Where our refunds and the card world's disagree, in sentences; and those that nobody knows the end of. */
export async function compareRefunds(
  { house, account }: Stage,
  entries: readonly GivenBack[],
): Promise<string[]> {
  const sales = await house.database.kysely
    .selectFrom('transactions as t')
    .innerJoin('payment_attempts as a', (join) =>
      join.onRef('a.account_id', '=', 't.account_id').onRef('a.id', '=', 't.attempt_id'),
    )
    .select(['t.id', 'a.id as attempt_id', 'a.operation', 'a.payment_intent_id'])
    .where('t.account_id', '=', account.id)
    .where('t.type', '=', 'sale')
    .execute()
  const refunds = await house.database.kysely
    .selectFrom('refunds')
    .select(['id', 'transaction_id', 'amount_minor', 'status', 'check_at'])
    .where('account_id', '=', account.id)
    .execute()
  const authorized = await house.database.kysely
    .selectFrom('payment_attempts')
    .select(['id', 'payment_intent_id'])
    .where('account_id', '=', account.id)
    .where('operation', '=', 'authorize')
    .execute()
  const theirs = new Map(entries.map((each) => [each.idempotency_key, each.refunded_minor]))
  const keyOf = ({ operation, attempt_id, payment_intent_id }: (typeof sales)[number]) =>
    operation === 'capture'
      ? (authorized.findLast((each) => each.payment_intent_id === payment_intent_id)?.id ?? '')
      : attempt_id
  const problems = sales.flatMap((sale) => {
    const ours = refunds
      // A bank's refund is on its way for days: the gateway counts it from the start.
      .filter(
        ({ status, check_at }) =>
          status === 'succeeded' || (status === 'processing' && check_at !== null),
      ) // prettier-ignore
      .filter((each) => each.transaction_id === sale.id)
      .reduce((sum, each) => sum + each.amount_minor, 0n)
    const given = BigInt(theirs.get(keyOf(sale)) ?? 0)
    return given === ours ? [] : [`sale ${sale.id} has ${ours} refunded, the gateway gave ${given}`]
  })
  const lost = refunds.filter(
    ({ status, check_at }) => status === 'processing' && check_at === null,
  )
  return [...problems, ...lost.map(({ id }) => `nobody knows what became of refund ${id}`)]
}
