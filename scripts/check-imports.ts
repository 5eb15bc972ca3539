// Checks the direction of every import with dependency-cruiser and .dependency-cruiser.cjs.
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

const FOLDERS = ['packages', 'scenarios', 'bench', 'scripts']
const RULES = join(dirname(import.meta.dirname), '.dependency-cruiser.cjs')

export type ImportProblem = {
  readonly rule: string
  readonly from: string
  readonly to: string
  readonly comment: string
}
export type ImportsReport = {
  readonly filesCount: number
  readonly modulesCount: number
  readonly problems: readonly ImportProblem[]
}

export async function checkImports(root: string): Promise<ImportsReport> {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)))
  const options = await extractOptions(RULES)
  const { output } = await cruise(folders, { ...options, baseDir: root, validate: true })
  if (typeof output === 'string') throw new Error('dependency-cruiser gave a text, not its result')

  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }))
  const rules = options.ruleSet?.forbidden ?? []
  return {
    filesCount: files.filter(isOurs).length,
    modulesCount: output.modules.filter(({ source }) => isOurs(source)).length,
    problems: output.summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to: cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> '),
      comment: rules.find(({ name }) => name === rule.name)?.comment ?? '',
    })),
  }
}

function isOurs(path: string): boolean {
  return /\.tsx?$/.test(path) && !path.includes('node_modules/')
}

function print({ filesCount, modulesCount, problems }: ImportsReport): boolean {
  for (const { rule, from, to, comment } of problems) {
    process.stdout.write(`${rule}: ${from} -> ${to}\n  ${comment}\n`)
  }
  process.stdout.write(`${modulesCount} modules, ${problems.length} wrong imports\n`)
  // Without a parser that reads TypeScript the tool sees nothing and is content with it.
  const isAllRead = modulesCount > 0 && modulesCount >= filesCount
  if (!isAllRead) process.stdout.write(`but there are ${filesCount} .ts files\n`)
  return isAllRead && problems.length === 0
}

if (import.meta.main) {
  process.exitCode = print(await checkImports(process.cwd())) ? 0 : 1
}
