// Adds to package-lock.json what npm left out: the optional packages of other platforms that the
// registry in use could not serve. `npm ci` refuses a lockfile without them, on every platform.
// Run it after `npm install` when scripts/tidy.ts says that the lockfile is incomplete.
import { readFileSync, writeFileSync } from 'node:fs'

type LockedPackage = {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
type Lockfile = { packages: Record<string, LockedPackage> }
type MissingPackage = { readonly name: string; readonly version: string; readonly isDev: boolean }

const SYSTEMS = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'openharmony']
const PROCESSORS = ['arm64', 'x64', 'arm', 'ppc64', 's390x', 'riscv64', 'ia32']

/** Optional packages that a locked package asks for with one exact version and the lockfile lacks. */
export function findMissingPackages(lockfileText: string): MissingPackage[] {
  const { packages } = parseLockfile(lockfileText)
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => packages[`node_modules/${name}`] === undefined)
      .filter(([name]) => packages[`${path}/node_modules/${name}`] === undefined)
      .map(([name, version]) => ({ name, version, isDev: entry.dev === true })),
  )
}

export function completeLockfile(lockfileText: string): string {
  const lockfile = parseLockfile(lockfileText)
  for (const missing of findMissingPackages(lockfileText)) {
    lockfile.packages[`node_modules/${missing.name}`] = toLockedPackage(missing)
  }
  const sorted = Object.entries(lockfile.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  return `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(sorted) }, null, 2)}\n`
}

/** The platform is read from the name (`@swc/core-darwin-arm64`), so that npm skips it elsewhere. */
function toLockedPackage({ name, version, isDev }: MissingPackage): LockedPackage {
  const words = name.split(/[/-]/)
  const os = SYSTEMS.find((system) => words.includes(system))
  const cpu = PROCESSORS.find((processor) => words.includes(processor))
  if (os === undefined) throw new Error(`${name}: the name tells no operating system`)
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(isDev ? { dev: true } : {}),
    optional: true,
    os: [os],
  }
}

function parseLockfile(text: string): Lockfile {
  return JSON.parse(text) as Lockfile // written by npm
}

if (import.meta.main) {
  const before = readFileSync('package-lock.json', 'utf8')
  const missing = findMissingPackages(before)
  if (missing.length > 0) writeFileSync('package-lock.json', completeLockfile(before))
  process.stdout.write(`${missing.length} packages added to package-lock.json\n`)
}
