import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../../../server/src/platform/log/index.ts'

export type WorldProcess = {
  readonly pid: number | undefined
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Null: it ended before it was ready, and said why. */
export type Spawning =
  | { readonly kind: 'ready'; readonly world: WorldProcess }
  | { readonly kind: 'failed'; readonly isPortTaken: boolean; readonly said: string }

const PROGRAM = join(import.meta.dirname, '../../../world/src/main.ts')
const SAID_MAX = 2_000
const STOP_MS = 5_000

/**
 * The card world as a child process. It ends by itself when this process does, even when that is killed: its standard
 * input closes then. It is in a process group of its own, so that Ctrl-C does not take it away from under charges that
 * the service still settles.
 */
export async function spawnWorld(
  settings: { readonly folder: string; readonly port: number },
  log: Pick<Logger, 'warn'>,
): Promise<Spawning> {
  const args = [
    'serve',
    '--with-parent',
    '--state',
    settings.folder,
    '--port',
    String(settings.port),
  ]
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    said = `${said}${text}`.slice(-SAID_MAX)
    log.warn({ text: text.trim() }, 'the card world says')
  })
  child.stdin.on('error', () => undefined) // it is gone; `ended` tells
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.once('error', (error) => {
    said += error.message
  })
  const isReady = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    ended.then(() => false),
  ])
  if (!isReady)
    return { kind: 'failed', isPortTaken: said.includes('EADDRINUSE'), said: said.trim() }
  return { kind: 'ready', world: { pid: child.pid, ended, stop: () => stop(child, ended) } }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const patience = new AbortController()
  const late = wait(STOP_MS, true, { signal: patience.signal }).catch(() => false)
  if (await Promise.race([ended.then(() => false), late])) child.kill('SIGKILL')
  patience.abort()
  await ended
}
