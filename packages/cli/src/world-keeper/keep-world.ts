import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../../../server/src/platform/log/index.ts'
import { CommandError } from '../command-error.ts'
import { askPort } from './ask-port.ts'
import { spawnWorld, type WorldProcess } from './spawn-world.ts'
import { forsakePort, worldPort } from './world-port.ts'

export type KeptWorld = { readonly url: string; close(): Promise<void> }

const ANSWER_MS = 2_000
/** How long a world may read its journal before its silence counts as a stranger's. */
const SILENT_ROUNDS_MAX = 60
const START_TRIES_MAX = 10
const LOOK_AGAIN_MS = 500
const BACKOFF_MS = 100
const BACKOFF_MAX_MS = 5_000

type Standing = { readonly port: number; readonly own: WorldProcess | null }

/**
 * Sees to it that the card world of a data folder runs for as long as this process does. The port that is kept in the
 * folder is the lock: of several processes one gets to listen on it, and the others use that world and take over when
 * it goes away. A world that dies is started again in the same place.
 */
export async function keepWorld(dataDir: string, log: Logger): Promise<KeptWorld> {
  const folder = join(dataDir, 'world')
  const first = await ensureWorld(folder, log)
  const stopping = new AbortController()
  const watched = watch(folder, { first, log, signal: stopping.signal })
  return {
    url: `http://127.0.0.1:${first.port}`,
    close: async () => {
      stopping.abort()
      const last = await watched
      await last?.own?.stop()
    },
  }
}

/** One that somebody else runs. */
export async function outsideWorld(url: string): Promise<KeptWorld> {
  return { url, close: async () => undefined }
}

/** Joins the world that runs on the folder's port, or starts it. */
async function ensureWorld(folder: string, log: Logger): Promise<Standing> {
  let said = ''
  for (let tries = 1; tries <= START_TRIES_MAX; tries += 1) {
    const port = await worldPort(folder)
    if ((await answerOn(port)) === 'world') return { port, own: null }
    const spawning = await spawnWorld({ folder, port }, log)
    if (spawning.kind === 'ready') return { port, own: spawning.world }
    said = spawning.said
    if (!spawning.isPortTaken) break
    // Another process was faster, or a program that has nothing to do with us sits there.
    if ((await answerOn(port)) === 'stranger') await forsakePort(folder, port)
  }
  throw new CommandError(`the card world does not start: ${said}`)
}

async function answerOn(port: number): Promise<'world' | 'stranger' | 'nobody'> {
  for (let round = 1; round <= SILENT_ROUNDS_MAX; round += 1) {
    const answer = await askPort(port, ANSWER_MS)
    if (answer !== 'silent') return answer
  }
  return 'stranger'
}

/** Returns the last standing once it is told to stop; null when the world could not be brought back by then. */
async function watch(
  folder: string,
  given: { readonly first: Standing; readonly log: Logger; readonly signal: AbortSignal },
): Promise<Standing | null> {
  const { log, signal } = given
  let standing: Standing | null = given.first
  let backoffMs = BACKOFF_MS
  while (!signal.aborted) {
    if (standing !== null) await untilGone(standing, signal)
    if (signal.aborted) return standing
    const own = standing?.own ?? null
    if (own !== null) {
      log.warn({ pid: own.pid }, 'the card world ended: starting it again')
      await pause(backoffMs, signal)
    }
    try {
      standing = await ensureWorld(folder, log)
      backoffMs = BACKOFF_MS
    } catch (error) {
      log.error({ error }, 'the card world cannot be started: trying again')
      standing = null
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MAX_MS)
      await pause(backoffMs, signal)
    }
  }
  return standing
}

async function untilGone({ port, own }: Standing, signal: AbortSignal): Promise<void> {
  if (own !== null) {
    const stopped = Promise.withResolvers<void>()
    const stop = (): void => stopped.resolve()
    signal.addEventListener('abort', stop, { once: true })
    await Promise.race([own.ended, stopped.promise])
    signal.removeEventListener('abort', stop)
    return
  }
  while (!signal.aborted) {
    await pause(LOOK_AGAIN_MS, signal)
    if ((await askPort(port, ANSWER_MS)) === 'nobody') return
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined)
}
