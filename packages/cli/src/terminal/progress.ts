import { systemClock } from '../../../server/src/platform/clock/index.ts'

export type Progress = {
  /** How far it is, behind the title: "31 of 364 days". */
  tell(detail: string): void
  end(): void
}

const QUIET_MS = 2_000
const TERMINAL_EVERY_MS = 250
const FILE_EVERY_MS = 5_000

/** Says on standard error what is being done, once it has taken two seconds, and how far it is. */
export function startProgress(title: string): Progress {
  const clock = systemClock()
  const startedMs = clock.monotonicMs()
  const isTerminal = process.stderr.isTTY
  let detail = ''
  let wasShown = false
  const show = (): void => {
    const ms = clock.monotonicMs() - startedMs
    if (ms < QUIET_MS) return
    wasShown = true
    const line = `${title} … ${Math.round(ms / 1000)} s${detail === '' ? '' : `, ${detail}`}`
    process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`)
  }
  const timer = setInterval(show, isTerminal ? TERMINAL_EVERY_MS : FILE_EVERY_MS)
  timer.unref()
  const first = setTimeout(show, QUIET_MS + 1)
  first.unref()
  return {
    tell: (text) => {
      detail = text
    },
    end: () => {
      clearInterval(timer)
      clearTimeout(first)
      if (wasShown && isTerminal) process.stderr.write('\r\u001b[K')
    },
  }
}

/** Shows progress while `work` goes on, however it ends. */
export async function withProgress<T>(
  title: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = startProgress(title)
  try {
    return await work(progress)
  } finally {
    progress.end()
  }
}
