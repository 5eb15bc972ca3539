// Rules that no compiler or linter knows, checked by text (STYLE.md, "Tools"). A line may say
// `tidy: reason` in a comment to stand as it is; the reason has to be a sentence, not a word.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { BANS, EMPTY_NAMES, FILE_NAME, ITSELF, MODULE_FOLDERS } from './tidy-rules.ts'
import type { Ban } from './tidy-rules.ts'
import { findMissingPackages } from './complete-lockfile.ts'

export type TidyProblem = {
  readonly path: string
  readonly line: number
  readonly name: string
  readonly message: string
}

const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.node', '.cache', 'data', 'dist'])
const TEXT_FILE = /\.(ts|tsx|mjs|cjs|js|json|jsonc|md|sql|toml|yml|yaml|html|css|sh|py)$|\/run$/
const GENERATED_FILE = /\.generated\.ts$/
const SUPPRESSION = /(\/\/|--|<!--|#|\/\*) tidy: (.*)/

export function tidy(root: string): TidyProblem[] {
  const paths = listFiles(root, root).toSorted()
  return [
    ...paths.flatMap(checkName),
    ...paths.filter((path) => TEXT_FILE.test(path)).flatMap((path) => checkFile(root, path)),
    ...MODULE_FOLDERS.flatMap(({ folder, files }) => checkModules({ root, folder, files })),
    ...checkLockfile(root),
  ]
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : listFiles(root, path)
    return entry.isFile() ? [relative(root, path)] : []
  })
}

function checkName(path: string): TidyProblem[] {
  if (!/\.(ts|mjs|cjs)$/.test(path) || /(^|\/)\./.test(path)) return []
  const emptyName = path.split('/').find((part) => EMPTY_NAMES.test(part))
  if (emptyName !== undefined) {
    return [problem(path, 'empty-name', `"${emptyName}" says nothing: name it after what it holds`)]
  }
  if (FILE_NAME.test(basename(path))) return []
  return [problem(path, 'file-name', 'file names are kebab-case')]
}

function checkFile(root: string, path: string): TidyProblem[] {
  const text = readFileSync(join(root, path), 'utf8')
  const lines = {
    text: text.split('\n'),
    uncommented: blank(text, (piece) => piece.startsWith('/')).split('\n'),
    code: blank(text, (piece) => !piece.startsWith('`')).split('\n'),
  }
  const bans = GENERATED_FILE.test(path) ? [] : BANS.filter((ban) => concerns(ban, path))
  return [
    ...bans.flatMap((ban) =>
      lines[ban.reads].flatMap((line, index) =>
        ban.pattern.test(line) && !isSuppressed(lines.text[index] ?? '')
          ? [{ ...problem(path, ban.name, ban.instead), line: index + 1 }]
          : [],
      ),
    ),
    ...lines.text.flatMap((line, index) => checkSuppression({ path, line, index })),
    ...(path.endsWith('.md') ? checkLinks({ root, path, lines: lines.text }) : []),
  ]
}

function concerns({ where, except }: Ban, path: string): boolean {
  return where.test(path) && !(except?.test(path) ?? false)
}

/** What is left out becomes blanks. Templates stay: SQL lives in them. */
function blank(text: string, isLeftOut: (piece: string) => boolean): string {
  const pieces =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
  return text.replace(pieces, (piece) => (isLeftOut(piece) ? piece.replace(/[^\n]/g, ' ') : piece))
}

function isSuppressed(line: string): boolean {
  return SUPPRESSION.test(line)
}

function checkSuppression(at: { path: string; line: string; index: number }): TidyProblem[] {
  const reason = SUPPRESSION.exec(at.line)?.[2]?.replace('-->', '').trim()
  if (reason === undefined || reason.split(/\s+/).length >= 3 || ITSELF.test(at.path)) return []
  return [{ ...problem(at.path, 'suppression', 'say in a few words why'), line: at.index + 1 }]
}

function checkLinks(page: { root: string; path: string; lines: readonly string[] }): TidyProblem[] {
  const folder = join(page.root, dirname(page.path))
  return page.lines.flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => (match[1] ?? '').replace(/#.*/, ''))
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(folder, target)))
      .map((target) => ({
        ...problem(page.path, 'dead-link', `${target} does not exist`),
        line: index + 1,
      })),
  )
}

function checkModules(at: {
  root: string
  folder: string
  files: readonly string[]
}): TidyProblem[] {
  const folder = join(at.root, at.folder)
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && listFiles(folder, join(folder, entry.name)).length > 0,
    )
    .flatMap(({ name }) => at.files.map((file) => `${at.folder}/${name}/${file}`))
    .filter((path) => !existsSync(join(at.root, path)))
    .map((path) => problem(path, 'module-file', 'every module has this file'))
}

function checkLockfile(root: string): TidyProblem[] {
  const path = 'package-lock.json'
  if (!existsSync(join(root, path))) return []
  const missing = findMissingPackages(readFileSync(join(root, path), 'utf8'))
  const message = `lacks ${missing[0]?.name ?? ''} and more: node scripts/complete-lockfile.ts`
  return missing.length === 0 ? [] : [problem(path, 'incomplete-lockfile', message)]
}

function problem(path: string, name: string, message: string): TidyProblem {
  return { path, line: 1, name, message }
}

if (import.meta.main) {
  const problems = tidy(process.cwd())
  for (const { path, line, name, message } of problems) {
    process.stdout.write(`${path}:${line}: ${name}: ${message}\n`)
  }
  process.stdout.write(`${problems.length} untidy places\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
