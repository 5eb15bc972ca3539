// Runs test files with node:test, one process each, and tells what happened: a line a file,
// failures in full.
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { run } from 'node:test'
import { inspect } from 'node:util'

export type TestTotals = { passed: number; failed: number; skipped: number }
type Options = {
  readonly root: string
  readonly files: readonly string[]
  readonly concurrency: number
  readonly signal: AbortSignal
}
/** What is known of one file while its events come in. */
type FileReport = {
  passed: number
  skipped: number
  failures: string[]
  output: string
  /** Names of the tests that surround the one that runs, outermost first. */
  names: string[]
}
type Details = { readonly type?: string; readonly error?: Error; readonly duration_ms: number }
type TestEvent = {
  readonly name: string
  readonly nesting: number
  readonly skip?: string | boolean
  readonly details: Details
}

const FILE_TIMEOUT_MS = 300_000
const OUTPUT_MAX = 20_000

export async function runTestFiles(options: Options): Promise<TestTotals> {
  const { root, files, concurrency } = options
  const reports = new Map<string, FileReport>()
  const queue = files.values()
  const lane = async (): Promise<void> => {
    for (const file of queue) reports.set(file, await runFile(file, options))
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  for (const file of files) printFailures(relative(root, file), reports.get(file) ?? newReport())
  return sumUp([...reports.values()])
}

/**
 * Each file is a run of its own: a test's event names the file in which `test` was called, which need not be
 * the one that is run (scenarios call it through the testkit).
 */
async function runFile(file: string, { root, signal }: Options): Promise<FileReport> {
  const report = newReport()
  const stream = run({
    files: [file],
    cwd: root,
    concurrency: false,
    signal,
    timeout: FILE_TIMEOUT_MS,
    execArgv: ['--import', pathToFileURL(`${import.meta.dirname}/fail-on-leaks.ts`).href],
  })
  stream.on('test:start', (event) => {
    report.names.splice(event.nesting, report.names.length, event.name)
  })
  stream.on('test:pass', (event) => recordPass(report, event, file))
  stream.on('test:fail', (event) => recordFailure(report, event, file))
  stream.on('test:stdout', (event) => recordOutput(report, event.message))
  stream.on('test:stderr', (event) => recordOutput(report, event.message))
  stream.on('test:complete', (event) => {
    if (isFile(event, file)) printFile(relative(root, file), event.details)
  })
  stream.resume()
  await new Promise((resolve) => stream.on('end', resolve))
  return report
}

function newReport(): FileReport {
  return { passed: 0, skipped: 0, failures: [], output: '', names: [] }
}

function recordOutput(report: FileReport, text: string): void {
  report.output = `${report.output}${text}`.slice(-OUTPUT_MAX)
}

function recordPass(report: FileReport, event: TestEvent, file: string): void {
  if (event.details.type === 'suite') return
  // A file passes as a test of its own only when it holds none.
  if (isFile(event, file)) report.failures.push('holds no test')
  else if (event.skip !== undefined) report.skipped += 1
  else report.passed += 1
}

function recordFailure(report: FileReport, event: TestEvent, file: string): void {
  const error = event.details.error
  if (error !== undefined && isOnlyAroundOthers(error)) return
  const title = isFile(event, file) ? 'the file itself failed' : report.names.join(' > ')
  const cause = error?.cause ?? error
  report.failures.push(`${title}\n${cause instanceof Error ? cause.stack : inspect(cause)}`)
}

/** Suites and files fail with their tests, which are counted already. */
function isOnlyAroundOthers(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}

function isFile({ name, nesting }: TestEvent, file: string): boolean {
  return nesting === 0 && name === file
}

function printFile(path: string, { error, duration_ms: durationMs }: Details): void {
  const seconds = (durationMs / 1000).toFixed(1)
  process.stdout.write(`${error === undefined ? 'ok    ' : 'FAILED'} ${path} (${seconds} s)\n`)
}

function printFailures(path: string, { failures, output }: FileReport): void {
  if (failures.length === 0) return
  process.stdout.write(`\n--- ${path}\n`)
  for (const failure of failures) process.stdout.write(`${failure}\n\n`)
  if (output !== '') process.stdout.write(`what the file printed:\n${output}\n`)
}

function sumUp(reports: readonly FileReport[]): TestTotals {
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failed: reports.reduce((sum, { failures }) => sum + failures.length, 0),
    skipped: reports.reduce((sum, { skipped }) => sum + skipped, 0),
  }
}
