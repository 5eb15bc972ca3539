export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export const INTERRUPTED_CODE = 130

/**
 * Until what it returns is called, Ctrl-C does `leave` and then ends the process with 130, whatever it is at: as safe as a
 * crash, but nothing that it has started is left running. Once that has begun, what it returns never comes back, so that
 * nobody tells of work that failed because of it.
 */
export function onInterrupt(leave: () => Promise<void>): () => Promise<void> {
  let isLeaving = false
  const interrupt = (): void => {
    if (isLeaving) return
    isLeaving = true
    process.on('uncaughtException', () => undefined)
    const exit = (): never => process.exit(INTERRUPTED_CODE)
    leave().then(exit, exit)
  }
  for (const signal of STOP_SIGNALS) process.on(signal, interrupt)
  return async () => {
    if (isLeaving) await new Promise(() => undefined)
    for (const signal of STOP_SIGNALS) process.off(signal, interrupt)
  }
}
