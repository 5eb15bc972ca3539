import { startTestPostgres } from '@perennial/testkit'
import { onInterrupt } from '../packages/cli/src/terminal/on-interrupt.ts'

/** Runs a program on the PostgreSQL of the tests; Ctrl-C stops that too. The next run drops what is left in it. */
export async function withTestPostgres<T>(work: () => Promise<T>): Promise<T> {
  const server = await startTestPostgres()
  const isOver = onInterrupt(() => server.stop())
  try {
    return await work()
  } finally {
    await isOver()
    await server.stop()
  }
}
