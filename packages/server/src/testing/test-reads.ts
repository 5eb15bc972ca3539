import { ok } from 'node:assert/strict'
import { assert } from '@perennial/core/fault'
import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely'
import type { Database, Tx } from '../platform/db/index.ts'

/** What one statement had to look at, by `explain analyze`. */
export type Read = {
  readonly sql: string
  readonly rowsRead: number
  /** Pages of tables and indexes, each as often as it was looked at. */
  readonly pagesRead: number
}

type PlanNode = {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

/**
 * The same transaction, in which each statement that reads is explained as well, right after it ran: for tests that a
 * list costs what it shows and not what its table holds.
 */
export function watchReads(tx: Tx): { readonly tx: Tx; readonly reads: readonly Read[] } {
  const reads: Read[] = []
  const running = new WeakMap<object, RootOperationNode>()
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      running.set(queryId, node)
      return node
    },
    transformResult: async ({ queryId, result }) => {
      const node = running.get(queryId)
      assert(node !== undefined, 'a result has a query')
      const { sql, parameters } = tx.getExecutor().compileQuery(node, queryId)
      const plan = await explain(tx, sql, parameters)
      const pagesRead = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
      reads.push({ sql, rowsRead: rowsOf(plan), pagesRead })
      return result
    },
  }
  return { tx: tx.withPlugin(plugin), reads }
}

/** What a list answers; fails where one of its statements reads more than `most` rows. */
export async function listWithin<Found>(
  database: Database,
  most: number,
  list: (tx: Tx) => Promise<Found>,
): Promise<Found> {
  const { found, reads } = await database.tx(async (tx) => {
    const watched = watchReads(tx)
    return { found: await list(watched.tx), reads: watched.reads }
  })
  ok(reads.length > 0)
  for (const { rowsRead, sql } of reads) ok(rowsRead <= most, `${rowsRead} rows read by ${sql}`)
  return found
}

async function explain(tx: Tx, sql: string, parameters: readonly unknown[]): Promise<PlanNode> {
  const { rows } = await tx.executeQuery<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
    CompiledQuery.raw(`explain (analyze, buffers, format json) ${sql}`, [...parameters]),
  )
  const [row] = rows
  assert(row !== undefined, 'explain answers with a plan')
  return row['QUERY PLAN'][0].Plan
}

/** Rows that came out of the tables and indexes themselves, those thrown away included. */
function rowsOf(node: PlanNode): number {
  const below = node.Plans ?? []
  if (below.length > 0) return below.reduce((sum, each) => sum + rowsOf(each), 0) + thrownAway(node)
  return node['Actual Rows'] * node['Actual Loops'] + thrownAway(node)
}

function thrownAway(node: PlanNode): number {
  const removed =
    (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  return removed * node['Actual Loops']
}
