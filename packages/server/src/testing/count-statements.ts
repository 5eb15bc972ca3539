import { assert } from '@perennial/core/fault'
import pg from 'pg'

/** How many statements `work` sends to the database, from all connections of this process. */
export async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const { prototype } = pg.Client
  const original: unknown = Reflect.get(prototype, 'query')
  assert(typeof original === 'function', 'a client has a query method')
  let count = 0
  Reflect.set(prototype, 'query', function counted(this: pg.Client, ...args: unknown[]) {
    count += 1
    return Reflect.apply(original, this, args)
  })
  try {
    await work()
  } finally {
    Reflect.set(prototype, 'query', original)
  }
  return count
}
