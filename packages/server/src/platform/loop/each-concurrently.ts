/** Runs `work` over `items`, at most `limit` at a time; waits for all that was begun before it throws. */
export async function eachConcurrently<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await allLanes(Array.from({ length: Math.min(limit, items.length) }, lane))
}

/** Waits for every lane, whatever becomes of the others; then throws the first fault there was. */
export async function allLanes(lanes: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(lanes)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
