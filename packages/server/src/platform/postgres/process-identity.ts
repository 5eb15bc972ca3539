import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * A process id alone is not enough: ids are used again, and in a container every start has the same few.
 * `startedAt` is the operating system's own mark of when the process began.
 */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string }

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: startMark(process.pid) ?? '' }
}

export function isRunning(identity: ProcessIdentity): boolean {
  const mark = startMark(identity.pid)
  return mark !== null && mark === identity.startedAt
}

export function isPidRunning(pid: number): boolean {
  return startMark(pid) !== null
}

/** Null when no such process runs (a zombie does not run). */
function startMark(pid: number): string | null {
  return process.platform === 'linux' ? linuxStartMark(pid) : otherStartMark(pid)
}

function linuxStartMark(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // "pid (name) state …": the name may hold anything, so count from its closing bracket. See proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    return state === 'Z' || state === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

function otherStartMark(pid: number): string | null {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim()
    const [state = '', ...started] = text.split(/\s+/)
    return text === '' || state.startsWith('Z') ? null : started.join(' ')
  } catch {
    return null
  }
}
