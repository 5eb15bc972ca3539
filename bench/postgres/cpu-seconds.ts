import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** Processor time that server processes have used so far; null where the server is not on this machine. */
export function cpuSecondsOf(pids: readonly number[]): number | null {
  try {
    const ticks = pids.map((pid) => {
      // After the name in brackets: fields 14 and 15 of proc(5) are user and system time.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return Number(fields[11]) + Number(fields[12])
    })
    return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND
  } catch {
    return null
  }
}
