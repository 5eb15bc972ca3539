import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import {
  findByNumber,
  giveNumbers,
  readNumbers,
  type Numbered,
  type NumberedKind,
} from './queries.ts'

/** The number of an object. Faults: it was not asked for. */
export type NumberOf = (id: Uuid) => number

/** The numbers of these objects; those that have none yet are given one. */
export async function numbersOf(
  tx: Tx,
  accountId: Uuid,
  objects: readonly Numbered[],
): Promise<NumberOf> {
  const wanted = new Map(objects.map((object) => [object.id, object]))
  const ids = [...wanted.keys()]
  let known = await readNumbers(tx, accountId, ids)
  const missing = [...wanted.values()].filter(({ id }) => !known.has(id))
  if (missing.length > 0) {
    await giveNumbers(tx, accountId, missing)
    known = await readNumbers(tx, accountId, ids)
  }
  return (id) => {
    const number = known.get(id)
    assert(number !== undefined, 'only what was asked for has a number at hand')
    return number
  }
}

const NAMES: Readonly<Record<NumberedKind, string>> = {
  subscription: 'subscription',
  installment: 'installment',
  plan: 'billing plan',
  customer: 'customer',
  method: 'payment method',
  address: 'address',
  invoice: 'invoice',
  invoice_line: 'invoice line',
  attempt: 'invoice attempt',
  refund: 'invoice',
  authorization: 'authorization',
}

/** What a number of a path or body stands for. Refuses with 404 where it stands for nothing of this kind. */
export async function idOf(
  context: CommandContext,
  kind: NumberedKind,
  number: number | null,
): Promise<Uuid> {
  const id = number === null ? null : await findIdOf(context, kind, number)
  if (id === null) throw FaceRefusal.notFound(NAMES[kind])
  return id
}

export function findIdOf(
  context: CommandContext,
  kind: NumberedKind,
  number: number,
): Promise<Uuid | null> {
  return context.inTx((tx) => findByNumber(tx, context.accountId, { kind, number }))
}

/** A number in a path; null for anything that cannot be one. */
export function toNumber(text: string): number | null {
  return /^[1-9]\d{0,9}$/.test(text) ? Math.min(Number(text), 2_000_000_000) : null
}
