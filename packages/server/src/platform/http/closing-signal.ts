import type { ApiInstance } from './api-instance.ts'

/** Aborts once the service begins to close: what takes long then stops at the next place where it may. */
export function closingSignal(app: ApiInstance): AbortSignal {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  return closing.signal
}
