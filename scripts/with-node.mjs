// Runs a program of this checkout on Node 24 with its packages in place:
//
//   node scripts/with-node.mjs PROGRAM [ARGUMENT...]
//   node scripts/with-node.mjs --prepare        prepares only, and prints the path of that Node
//
// It is the one file here that has to run on whatever Node the machine has (18 or newer), so it is
// plain JavaScript without packages. What is missing is fetched with npm: Node itself into `.node/`,
// the packages of package-lock.json into `node_modules/`. Pages whose sources have changed are built.
// A warm run only reads some small files.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildStalePages, findStalePages } from './build-pages.mjs'
import { addOwner, readText, withLock } from './with-lock.mjs'

const MAJOR_WANTED = 24
/** The newest Node 24 that the npm registry has for each platform. */
const NODE_PACKAGES = {
  'linux-x64': '24.21.0',
  'linux-arm64': '24.21.0',
  'darwin-arm64': '24.18.1',
  'darwin-x64': '24.0.0',
}
const QUIET_MS = 2_000

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const nodeFolder = join(root, '.node')
const lockFolder = join(nodeFolder, 'lock')
const lockfile = join(root, 'package-lock.json')
const packagesStamp = join(root, 'node_modules', '.perennial-stamp')

class Stop extends Error {}

/** Runs a program to its end under the lock; its output is held back, its progress shown. */
function runQuietly({ title, command, args }) {
  return new Promise((resolve, reject) => {
    const startedAt = Date.now()
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    addOwner(lockFolder, child.pid ?? process.pid) // it can outlive this process
    let output = ''
    const progress = setInterval(() => {
      const seconds = Math.round((Date.now() - startedAt) / 1000)
      if (process.stderr.isTTY) process.stderr.write(`\r${title} … ${seconds} s`)
      else if (seconds <= 2 || seconds % 10 === 0) process.stderr.write(`${title} … ${seconds} s\n`)
    }, QUIET_MS)
    const end = (settle) => {
      clearInterval(progress)
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
      settle()
    }
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) =>
      end(() => reject(new Stop(`${title}: ${command} did not start (${error.message})`))),
    )
    child.on('close', (code) =>
      end(() =>
        code === 0 ? resolve(output) : reject(new Stop(`${title} failed:\n${firstLines(output)}`)),
      ),
    )
  })
}

/** npm follows an error with a page on its own usage. */
function firstLines(output) {
  return output.split('\n').slice(0, 30).join('\n')
}

function npm(title, args) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  return runQuietly({ title, command: 'npm', args: [...args, ...quiet] })
}

/** The Node 24 of the checkout; null while it is not known to be there and to run. */
function findNode(name, version) {
  const isReady = readText(join(nodeFolder, 'ready')) === `${name}@${version}`
  const path = join(nodeFolder, 'node_modules', name, 'bin', 'node')
  return isReady && existsSync(path) ? path : null
}

async function prepareNode() {
  if (Number(process.versions.node.split('.')[0]) >= MAJOR_WANTED) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  const version = NODE_PACKAGES[`${process.platform}-${process.arch}`]
  if (version === undefined) {
    throw new Stop(
      `this is Node ${process.versions.node} on ${process.platform}-${process.arch}: install Node 24 or newer and start again`,
    )
  }
  return (
    findNode(name, version) ??
    (await withLock(lockFolder, async () => {
      const found = findNode(name, version)
      if (found !== null) return found
      const args = [
        'install',
        '--prefix',
        nodeFolder,
        '--no-save',
        '--omit=dev',
        `${name}@${version}`,
      ]
      await npm(`fetching Node ${version}`, args)
      const path = join(nodeFolder, 'node_modules', name, 'bin', 'node')
      await runQuietly({ title: `starting Node ${version}`, command: path, args: ['--version'] })
      writeFileSync(join(nodeFolder, 'ready'), `${name}@${version}`)
      return path
    }))
  )
}

/** True when npm's own record of node_modules agrees with the lockfile: somebody ran npm by hand. */
function isInstalledByHand(wantedText) {
  const installedText = readText(join(root, 'node_modules', '.package-lock.json'))
  if (installedText === null) return false
  const installed = JSON.parse(installedText).packages
  return Object.entries(JSON.parse(wantedText).packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true
    const found = installed[path]
    if (found === undefined) return wanted.optional === true
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

async function preparePackages() {
  const wanted = readFileSync(lockfile, 'utf8')
  const stamp = createHash('sha256').update(wanted).digest('hex')
  if (readText(packagesStamp) === stamp) return
  await withLock(lockFolder, async () => {
    if (readText(packagesStamp) === stamp) return
    if (!isInstalledByHand(wanted)) await npm('installing packages', ['ci', '--include=dev'])
    writeFileSync(packagesStamp, stamp)
  })
}

async function preparePages(node) {
  if (findStalePages(root).length === 0) return
  await withLock(lockFolder, () =>
    buildStalePages(root, (program, args) =>
      runQuietly({ title: 'building pages', command: node, args: [program, ...args] }),
    ),
  )
}

function run(node, args) {
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`
  // Compiled code, types already stripped, is kept between runs: half the time of a warm start.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, '.cache', 'compiled')
  // A batch of 500 renewals outlives V8's usual young generation: 10 % of a run's processor time went into moving it.
  const options = `--max-semi-space-size=64 ${process.env.NODE_OPTIONS ?? ''}`.trim()
  const env = { ...process.env, PATH: path, NODE_COMPILE_CACHE: cache, NODE_OPTIONS: options }
  const child = spawn(node, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

try {
  const [program, ...args] = process.argv.slice(2)
  if (program === undefined)
    throw new Stop('usage: node scripts/with-node.mjs PROGRAM [ARGUMENT...]')
  const node = await prepareNode()
  await preparePackages()
  await preparePages(node)
  if (program === '--prepare') process.stdout.write(`${node}\n`)
  else run(node, [program, ...args])
} catch (error) {
  const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes(error?.code)
  if (!(error instanceof Stop) && !isForbidden) throw error
  const sentence = `${root} has to be prepared, and this user may not write there: run npm start once as its owner`
  process.stderr.write(`${isForbidden ? sentence : error.message}\n`)
  process.exit(1)
}
