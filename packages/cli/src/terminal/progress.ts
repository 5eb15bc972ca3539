import { systemClock, type Clock } from '../../../server/src/platform/clock/index.ts'

export type Progress = {
  /** How far it is, behind the title: "31 of 364 days". Work that never pauses is shown by this alone. */
  tell(detail: string): void
  /** A line of its own, which stays. */
  note(line: string): void
  /** Takes its line off a terminal until it is next shown: something else is to be written there. */
  clear(): void
  end(): void
}

/** Where it is shown, and by which time. */
export type ProgressPlace = {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly output: { readonly isTTY?: boolean; write(text: string): unknown }
}

const QUIET_MS = 2_000
const TERMINAL_EVERY_MS = 250
const FILE_EVERY_MS = 5_000
const CLEAR_LINE = '\r\u001b[K'

/** Says on standard error what is being done, once it has taken two seconds, and how far it is. */
export function startProgress(
  title: string,
  { clock, output }: ProgressPlace = { clock: systemClock(), output: process.stderr },
): Progress {
  const startedMs = clock.monotonicMs()
  const isTerminal = output.isTTY === true
  let detail = ''
  let dueMs = QUIET_MS
  let hasLine = false
  const show = (): void => {
    const ms = clock.monotonicMs() - startedMs
    if (ms < dueMs) return
    dueMs = ms + (isTerminal ? TERMINAL_EVERY_MS : FILE_EVERY_MS)
    const line = `${title} … ${Math.round(ms / 1000)} s${detail === '' ? '' : `, ${detail}`}`
    output.write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`)
    hasLine = isTerminal
  }
  const clear = (): void => {
    if (hasLine) output.write(CLEAR_LINE)
    hasLine = false
  }
  const timer = setInterval(show, TERMINAL_EVERY_MS)
  timer.unref()
  return {
    tell: (text) => {
      detail = text
      // Not left to the timer, which waits for as long as nothing else does.
      show()
    },
    note: (line) => {
      clear()
      output.write(`${line}\n`)
    },
    clear,
    end: () => {
      clearInterval(timer)
      clear()
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
