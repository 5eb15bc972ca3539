/** Places for work of which only so much may be under way at once, whoever asks for it. */
export type Slots = { run<T>(work: () => Promise<T>): Promise<T> }

/** At most `limit` at a time, first come, first served. */
export function createSlots(limit: number): Slots {
  let free = limit
  const waiting: (() => void)[] = []
  const take = async (): Promise<void> => {
    if (free > 0) {
      free -= 1
      return
    }
    // Whoever leaves hands the place on, so that nobody slips in between.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return {
    run: async (work) => {
      await take()
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
