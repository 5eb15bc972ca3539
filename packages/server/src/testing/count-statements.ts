import { assert } from '@perennial/core/fault'
import pg from 'pg'
import { sentStatements } from './sent-statements.ts'

/** What came of `work`, and how many statements it sent to the database, from all connections of this process. */
export async function countStatements<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly count: number }> {
  const { prototype } = pg.Client
  const original: unknown = Reflect.get(prototype, 'query')
  assert(typeof original === 'function', 'a client has a query method')
  let count = 0
  Reflect.set(prototype, 'query', function counted(this: pg.Client, ...args: unknown[]) {
    count += sentStatements(args[0]).length
    return Reflect.apply(original, this, args)
  })
  try {
    const result = await work()
    return { result, count }
  } finally {
    Reflect.set(prototype, 'query', original)
  }
}
