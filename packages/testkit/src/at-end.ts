/** What the test files of a process share, and nobody closes before the last of them is over. */
const closers = new Set<() => Promise<void>>()
let isAwaited = false

/** Said by whoever runs several files in this process, and calls `closeShared` behind the last. */
export function shareUntilEnd(): void {
  isAwaited = true
}

/** False: nobody will, so close it yourself. */
export function closeAtEnd(close: () => Promise<void>): boolean {
  if (isAwaited) closers.add(close)
  return isAwaited
}

export async function closeShared(): Promise<void> {
  for (const close of closers) await close()
  closers.clear()
}
