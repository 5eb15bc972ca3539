import { isFaultOfRows } from './database-outage.ts'

/**
 * Writes what a batch could not: in halves, until the row at fault stands alone, and stops no other. Returns what came of
 * each part, in order. Throws where the moment is at fault and not the rows.
 */
export async function inHalves<Row, Done>(
  failed: { readonly rows: readonly Row[]; readonly error: unknown },
  work: {
    readonly write: (rows: readonly Row[]) => Promise<Done>
    /** The one at fault. */
    readonly setApart: (row: Row, error: unknown) => Promise<Done>
  },
): Promise<Done[]> {
  const { rows, error } = failed
  if (!isFaultOfRows(error)) throw error
  const [only, ...others] = rows
  if (only === undefined) throw error
  if (others.length === 0) return [await work.setApart(only, error)]
  const middle = Math.ceil(rows.length / 2)
  const done: Done[] = []
  for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
    try {
      done.push(await work.write(half))
    } catch (again) {
      done.push(...(await inHalves({ rows: half, error: again }, work)))
    }
  }
  return done
}
