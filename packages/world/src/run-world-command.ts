import { parseArgs } from 'node:util'
import { messageOf } from '@perennial/core/fault'
import { startWorld } from './http/start-world.ts'
import { loadWorld } from './judging/world.ts'
import { readWorldFile } from './world-file/read-world-file.ts'

const USAGE = `Usage:
  world serve [options]       serve a world until a signal ends it; prints its address as JSON
  world validate FILE|NAME    say whether a world file is valid, and what is wrong with it

Options of serve:
  --port N           where to listen (any free port)
  --host HOST        on this address (127.0.0.1)
  --world FILE|NAME  a world file, or the name of one that ships (calm)
  --state DIR        remember what has happened in this folder (in memory alone)
  --keep N           how many of the newest charges stay in memory (200000)
  --latency          answer as slowly as the world file says
  --with-parent      end when standard input closes
`

const options = {
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  world: { type: 'string', default: 'calm' },
  state: { type: 'string' },
  keep: { type: 'string' },
  latency: { type: 'boolean', default: false },
  'with-parent': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** What `node src/main.ts` and `bin/perennial world` run; `args` begin with the command. */
export async function runWorldCommand(args: readonly string[]): Promise<void> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [command, file] = positionals
    if (values.help) process.stdout.write(USAGE)
    else if (command === 'serve') await serve(values)
    else if (command === 'validate' && file !== undefined) validate(file)
    else fail(USAGE)
  } catch (error) {
    fail(`${messageOf(error)}\n`)
  }
}

function validate(file: string): void {
  const loading = loadWorld(readWorldFile(file))
  if (loading.kind === 'refused') return fail(describe(loading.problems))
  process.stdout.write(`${file} is a valid world: ${loading.world.name}\n`)
}

async function serve(values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']) {
  const loading = loadWorld(readWorldFile(values.world))
  if (loading.kind === 'refused') {
    return fail(`${values.world} is not a valid world:\n${describe(loading.problems)}`)
  }
  const keep = values.keep === undefined ? {} : { keep: wholeNumber('--keep', values.keep) }
  const running = await startWorld({
    world: loading.world,
    port: portOf(values.port),
    host: values.host,
    stateDir: values.state ?? null,
    latency: values.latency,
    ...keep,
  })
  process.stdout.write(`${JSON.stringify({ url: running.url })}\n`)
  const stop = () => void running.close().then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // A parent that is killed cannot say goodbye, but its end of the pipe closes.
  if (values['with-parent']) process.stdin.resume().once('close', stop)
}

function portOf(text: string): number {
  const port = wholeNumber('--port', text)
  if (port > 65_535) throw new Error('--port must be from 0 to 65535')
  return port
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Error(`${option} must be a whole number`)
}

function describe(problems: readonly { path: string; message: string }[]): string {
  return problems.map(({ path, message }) => `${path || 'the file'}: ${message}\n`).join('')
}

function fail(text: string): void {
  process.stderr.write(text)
  process.exitCode = 1
}
