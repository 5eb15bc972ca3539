import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { assert } from '@perennial/core/fault'

const COMMAND = join(import.meta.dirname, '../../../../bin/perennial')

type Settings = Readonly<Record<string, string>>

/** The machine's own settings must not reach the service under test. */
function environment(settings: Settings): Record<string, string> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env
  const cache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
  return { PATH, HOME, ...cache, LOG_LEVEL: 'warn', PORT: '0', DEMO: '0', ...settings }
}

export type Finished = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `bin/perennial` as a process of its own. */
export class ServiceProcess {
  readonly child: ChildProcess
  readonly ended: Promise<Finished>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], settings: Settings) {
    this.child = spawn(COMMAND, args, {
      env: environment(settings),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk) => (this.stdout += String(chunk)))
    this.child.stderr?.on('data', (chunk) => (this.stderr += String(chunk)))
    this.ended = once(this.child, 'close').then(([code]) => ({
      code: typeof code === 'number' ? code : null,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  /** Waits until the output has it; fails when the process ends first. */
  async until(stream: 'stdout' | 'stderr', text: string): Promise<void> {
    const source = this.child[stream]
    assert(source !== null, 'output is piped')
    const isEnded = this.ended.then(() => 'ended' as const)
    while (!this[stream].includes(text)) {
      const next = await Promise.race([once(source, 'data'), isEnded])
      assert(
        next !== 'ended' || this[stream].includes(text),
        `the service said ${text}, and not: ${this.stdout}${this.stderr}`,
      )
    }
  }

  ready(): Promise<void> {
    return this.until('stdout', 'Ctrl-C')
  }

  /** Address that the summary names. */
  get url(): string {
    const url = /http:\S+?(?=\/v2)/.exec(this.stdout)?.[0]
    assert(url !== undefined, 'the summary names the address')
    return url
  }

  /** Ids of the children of the process whose command line has this in it. */
  children(text: string): number[] {
    return listProcesses()
      .filter(({ parent, command }) => parent === this.child.pid && command.includes(text))
      .map(({ pid }) => pid)
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Finished> {
    this.child.kill(signal)
    return this.ended
  }
}

/** A data folder that is removed, and services that are stopped, when the file's tests are over. */
export function useDataFolder(): {
  readonly dataDir: string
  readonly start: (settings?: Settings) => ServiceProcess
  readonly begin: (args: readonly string[], settings?: Settings) => ServiceProcess
  readonly run: (args: readonly string[], settings?: Settings) => Promise<Finished>
} {
  const dataDir = mkdtempSync(join(tmpdir(), 'perennial-cli-'))
  const started: ServiceProcess[] = []
  const begin = (args: readonly string[], settings: Settings = {}): ServiceProcess => {
    const service = new ServiceProcess(args, { DATA_DIR: dataDir, ...settings })
    started.push(service)
    return service
  }
  after(async () => {
    await Promise.all(started.map((service) => service.stop()))
    // A service that a test has killed leaves its PostgreSQL: another command joins it, and stops it on leaving.
    if (existsSync(join(dataDir, 'postgres/cluster/postmaster.pid'))) await begin(['migrate']).ended
    rmSync(dataDir, { recursive: true })
  })
  return {
    dataDir,
    begin,
    start: (settings) => begin(['start'], settings),
    run: (args, settings) => begin(args, settings).ended,
  }
}

export type CredentialsJson = {
  readonly url: string
  readonly sandbox: {
    readonly account_id: string
    readonly api_key: string
    readonly revolv3_token: string
    readonly revcent_api_key: string
  }
}

export function readCredentials(dataDir: string): CredentialsJson {
  return JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as CredentialsJson // a boundary: the test's own service wrote it
}

/** One call of the API with the sandbox's key. */
export async function callApi(
  service: ServiceProcess,
  dataDir: string,
  call: { readonly path: string; readonly body?: unknown },
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${service.url}${call.path}`, {
    method: call.body === undefined ? 'GET' : 'POST',
    headers: {
      'x-api-key': readCredentials(dataDir).sandbox.api_key,
      connection: 'close',
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  })
  return { status: response.status, body: await response.json() }
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function listProcesses(): {
  readonly pid: number
  readonly parent: number
  readonly command: string
}[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}
