// Runs test files with node:test, a few in each process, and tells what happened: a line a file, failures in full.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
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
type FileReport = { passed: number; skipped: number; failures: string[]; output: string }
type Details = { readonly type?: string; readonly error?: Error; readonly duration_ms: number }
type TestEvent = {
  readonly name: string
  readonly nesting: number
  readonly skip?: string | boolean
  readonly details: Details
}

const GROUP_TIMEOUT_MS = 1_200_000
/** Loading what a file needs takes as long as running it; but one that fails may take its group with it. */
const GROUP_MAX = 40
/** In a file that takes long, or changes what a process has only one of. */
const ALONE = '// Runs alone:'
const RUN_TOGETHER = join(import.meta.dirname, 'run-together.ts')
const OUTPUT_MAX = 20_000

export async function runTestFiles(options: Options): Promise<TestTotals> {
  const { root, files, concurrency } = options
  const reports = new Map(files.map((file) => [file, newReport()]))
  const queue = toGroups(options.root, files).values()
  const lane = async (): Promise<void> => {
    for (const group of queue) await runGroup(group, { ...options, reports })
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  for (const [file, report] of reports) printFailures(relative(root, file), report)
  return sumUp([...reports.values()])
}

/**
 * Those that run alone come first: they take the longest, and none of them may be the last. The others run together with
 * their neighbours: files of one package import much the same.
 */
function toGroups(root: string, files: readonly string[]): string[][] {
  const isAlone = (file: string): boolean => readFileSync(file, 'utf8').includes(ALONE)
  const alone = files.filter(isAlone)
  const byArea = Map.groupBy(
    files.filter((file) => !alone.includes(file)),
    (file) => areaOf(relative(root, file)),
  )
  const together = [...byArea.values()].flatMap((area) => {
    const count = Math.ceil(area.length / GROUP_MAX)
    return Array.from({ length: count }, (_, index) =>
      area.slice(
        Math.round((index * area.length) / count),
        Math.round(((index + 1) * area.length) / count),
      ),
    )
  })
  return [...alone.map((file) => [file]), ...together]
}

/** A package, or one of the folders beside the packages. */
function areaOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'packages' ? `${first}/${second}` : first
}

type Group = Options & { readonly reports: ReadonlyMap<string, FileReport> }

/** Each file is a suite, named by its path, which all its events come after. */
async function runGroup(files: readonly string[], { root, signal, reports }: Group): Promise<void> {
  const stream = run({
    files: [RUN_TOGETHER],
    argv: [...files],
    cwd: root,
    concurrency: false,
    signal,
    timeout: GROUP_TIMEOUT_MS,
  })
  const missing = new Set(files)
  let names: string[] = []
  // What is said outside of every file is about whichever is not over, or about the last.
  const reportOf = (name: string | undefined): FileReport => {
    const [waiting = files.at(-1)] = missing
    const report = reports.get(name ?? '') ?? reports.get(waiting ?? '')
    if (report === undefined) throw new Error('a group has files')
    return report
  }
  stream.on('test:start', (event) => {
    names = [...names.slice(0, event.nesting), event.name]
  })
  stream.on('test:pass', (event) => recordPass(reportOf(names[0]), event))
  stream.on('test:fail', (event) => recordFailure(reportOf(names[0]), event, names))
  stream.on('test:stdout', (event) => recordOutput(reportOf(names[0]), event.message))
  stream.on('test:stderr', (event) => recordOutput(reportOf(names[0]), event.message))
  stream.on('test:complete', ({ name, nesting, details }) => {
    const report = nesting === 0 ? reports.get(name) : undefined
    if (report === undefined) return
    missing.delete(name)
    const isEmpty = report.passed + report.skipped + report.failures.length === 0
    if (isEmpty && details.passed) report.failures.push('holds no test')
    printFile(relative(root, name), { isPassed: report.failures.length === 0, ...details })
  })
  stream.resume()
  await new Promise((resolve) => stream.on('end', resolve))
  for (const file of missing) reportOf(file).failures.push('never came to its end')
}

function newReport(): FileReport {
  return { passed: 0, skipped: 0, failures: [], output: '' }
}

function recordOutput(report: FileReport, text: string): void {
  report.output = `${report.output}${text}`.slice(-OUTPUT_MAX)
}

function recordPass(report: FileReport, { details, skip }: TestEvent): void {
  if (details.type === 'suite') return
  if (skip !== undefined) report.skipped += 1
  else report.passed += 1
}

/** `names` of what surrounds it and of itself, outermost first: the file, its suites, the test. */
function recordFailure(report: FileReport, event: TestEvent, names: readonly string[]): void {
  const error = event.details.error
  if (error !== undefined && isOnlyAroundOthers(error)) return
  const title = names.slice(1, event.nesting + 1).join(' > ')
  const cause = error?.cause ?? error
  const told = cause instanceof Error ? cause.stack : inspect(cause)
  report.failures.push(`${title === '' ? 'the file itself failed' : title}\n${told}`)
}

/** Suites and files fail with their tests, which are counted already. */
function isOnlyAroundOthers(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}

function printFile(
  path: string,
  { isPassed, duration_ms: durationMs }: { isPassed: boolean; duration_ms: number },
): void {
  const seconds = (durationMs / 1000).toFixed(1)
  process.stdout.write(`${isPassed ? 'ok    ' : 'FAILED'} ${path} (${seconds} s)\n`)
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
