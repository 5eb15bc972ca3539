import { createHmac } from 'node:crypto'

export interface Letter {
  readonly url: string
  /** The header that carries the signature. */
  readonly signatureHeader: string
  readonly secret: string
  readonly body: string
}

/** Brings letters to whoever asked for them. */
export interface Courier {
  /** Letters of one endpoint arrive in the order in which they were sent. */
  send(endpoint: string, letters: readonly Letter[]): void
  /** Once every letter that was sent so far has arrived or was given up. */
  delivered(): Promise<void>
  /** Letters that are on their way are dropped. */
  close(): void
}

/** What one try may take, and how long after a failure the next comes; then the letter is given up. */
const POST_MS = 10_000
const RETRY_MS = [200, 1_000, 5_000]
/** Endpoints that do not answer must not fill the memory. */
const WAITING_MAX = 10_000

export function openCourier(realNow: () => number): Courier {
  const stopped = new AbortController()
  const lines = new Map<string, { tail: Promise<void>; waiting: number }>()
  return {
    send: (endpoint, letters) => {
      const line = lines.get(endpoint) ?? { tail: Promise.resolve(), waiting: 0 }
      lines.set(endpoint, line)
      for (const letter of letters) {
        if (line.waiting >= WAITING_MAX) return
        line.waiting += 1
        line.tail = line.tail.then(async () => {
          await bring(letter, { stopped: stopped.signal, realNow })
          line.waiting -= 1
        })
      }
    },
    delivered: async () => {
      await Promise.all([...lines.values()].map(({ tail }) => tail))
    },
    close: () => stopped.abort(),
  }
}

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over the time, a dot and the body, as Stripe signs. */
export function signatureOf(letter: Pick<Letter, 'secret' | 'body'>, atMs: number): string {
  const time = Math.floor(atMs / 1000)
  const digest = createHmac('sha256', letter.secret).update(`${time}.${letter.body}`).digest('hex')
  return `t=${time},v1=${digest}`
}

type Way = { readonly stopped: AbortSignal; readonly realNow: () => number }

async function bring(letter: Letter, way: Way): Promise<void> {
  const { stopped } = way
  for (const waitMs of [...RETRY_MS, null]) {
    if (stopped.aborted || (await post(letter, way)) || waitMs === null) return
    await pause(waitMs, stopped)
  }
}

async function post(letter: Letter, { stopped, realNow }: Way): Promise<boolean> {
  try {
    const response = await fetch(letter.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [letter.signatureHeader]: signatureOf(letter, realNow()),
      },
      body: letter.body,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(POST_MS)]),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

function pause(waitMs: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs)
    stopped.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
