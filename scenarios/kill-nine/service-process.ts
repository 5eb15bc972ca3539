import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { assert } from '@perennial/core/fault'

const ROOT = join(import.meta.dirname, '../..')

export type ServiceProcess = {
  /** SIGKILL: nothing of it runs on. Resolves when the process is gone. */
  kill(): Promise<void>
}

/** The service as a process of its own; resolves when it listens and its worker runs. */
export async function startServiceProcess(given: {
  readonly databaseUrl: string
  readonly worldUrl: string
}): Promise<ServiceProcess> {
  const script = join(import.meta.dirname, 'service.child.ts')
  const args = [script, '--database', given.databaseUrl, '--world', given.worldUrl]
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  await outputOf(child, 'ready')
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** Resolves at the line that says so; faults when the process ends before. */
async function outputOf(child: ChildProcess, wanted: string): Promise<void> {
  let said = ''
  const saying = new Promise<boolean>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(wanted)) resolve(true)
    })
    child.once('exit', () => resolve(false))
  })
  assert(await saying, `the service started: ${said}`)
}

export type ProgramResult = { readonly code: number | null; readonly output: string }

/** `bin/perennial` with these words, run to its end. */
export async function runPerennial(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProgramResult> {
  const child = spawn(join(ROOT, 'bin/perennial'), [...words], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { code, output }
}
