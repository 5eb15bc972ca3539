// What scripts/tidy.ts looks for, line by line. A ban names what to write instead.

export type Ban = {
  readonly name: string
  readonly instead: string
  /** Files it concerns, by path from the root. */
  readonly where: RegExp
  readonly except?: RegExp
  readonly pattern: RegExp
  /** `code` is the file without comments and quoted strings, `uncommented` keeps the strings. */
  readonly reads: 'code' | 'uncommented' | 'text'
}

const TEST = /\.(test|scenario)\.ts$/
const CORE = /^packages\/core\/src\/.*(?<!\.test)\.ts$/
const PRODUCT = /^packages\/(core|server|world|cli)\/src\/.*(?<!\.test)\.ts$/
const SERVER = /^packages\/(server|cli)\/src\/.*(?<!\.test)\.ts$/
const CODE = /\.(ts|mjs|cjs|js|tsx)$/
const ALL = /./
/** The bans and their tests have to spell out what is banned. */
export const ITSELF = /^scripts\/tidy/

const coreBans: readonly Ban[] = [
  {
    name: 'core-date',
    instead: 'take `now` as an argument; calendar work is in core/time',
    where: CORE,
    except: /^packages\/core\/src\/time\//,
    pattern: /\bDate\b/,
    reads: 'code',
  },
  {
    name: 'core-random',
    instead: 'take ids or random bytes as an argument',
    where: CORE,
    pattern: /\bMath\.random\b/,
    reads: 'code',
  },
  {
    name: 'core-float',
    instead: 'use formatDecimal, parseDecimal or roundRatio of core/money',
    where: CORE,
    pattern: /\.toFixed\b|\bparseFloat\b/,
    reads: 'code',
  },
  {
    name: 'core-number',
    instead: 'stay with bigint, or convert with toWireMinor of core/money',
    where: CORE,
    except: /^packages\/core\/src\/money\//,
    pattern: /\bNumber\(/,
    reads: 'code',
  },
  {
    name: 'core-async',
    instead: 'decide from what is handed in; waiting belongs to packages/server',
    where: CORE,
    pattern: /\basync\b|\bawait\b|\bPromise[.(]/,
    reads: 'code',
  },
  {
    name: 'core-throw',
    instead: 'return a refusal, or assert what was believed (core/fault)',
    where: CORE,
    except: /^packages\/core\/src\/fault\//,
    pattern: /\bthrow\b/,
    reads: 'code',
  },
]

const serverBans: readonly Ban[] = [
  {
    name: 'sql-outside-queries',
    instead: "write a function in the module's queries.ts",
    where: SERVER,
    except: /\/queries(\.ts|\/)|^packages\/server\/src\/platform\//,
    pattern: /\bsql(<[^`]*>)?`|\bsql\.(raw|lit)\b/,
    reads: 'code',
  },
  {
    name: 'sql-clock',
    instead: "hand in the account's now as a parameter",
    where: /^packages\/server\/src\/modules\/.*queries.*\.ts$/,
    pattern: /(?<![.\w])now\(\)|\bcurrent_(timestamp|date)\b/,
    reads: 'code',
  },
  {
    // Joined, the part that locks may be run again for each row, and claim more than its limit.
    name: 'claim-in-join',
    instead: 'claim in `with due as materialized (… skip locked)`, and join that',
    where: SERVER,
    pattern: /\bskip locked\) (as )?[a-z]/,
    reads: 'uncommented',
  },
  {
    name: 'system-clock',
    instead: 'take a clock (packages/server/src/platform/clock)',
    where: PRODUCT,
    except: /^packages\/(server\/src\/platform\/(clock|log)\/|world\/src\/clock\.ts)/,
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/,
    reads: 'code',
  },
  {
    name: 'environment',
    instead: 'take the setting as an argument; platform/config reads the environment',
    where: /^packages\/(core|server|world)\/src\/.*(?<!\.test)\.ts$/,
    except: /^packages\/server\/src\/platform\/config\//,
    pattern: /\bprocess\.env\b/,
    reads: 'code',
  },
  {
    name: 'vendor-name',
    instead: 'speak of gateways; only gateways/, connectors/ and compat/ know vendors',
    where: /^packages\/(core|server)\/src\/.*(?<!\.test)\.ts$/,
    except: /^packages\/(server\/src\/(gateways|connectors|compat)|core\/src\/declines)\//,
    pattern: /stripe|adyen|braintree|authorize\.?net|gocardless|checkout\.com/i,
    reads: 'uncommented',
  },
]

const codeBans: readonly Ban[] = [
  {
    name: 'only',
    instead: 'run one file with `npm test -- path`',
    where: TEST,
    pattern: /\.only\(|\bonly: true/,
    reads: 'code',
  },
  {
    name: 'skipped-test',
    instead: 'mend the test or delete it; where a machine lacks something, t.skip says what',
    where: TEST,
    pattern: /\b(test|it|describe|suite|scenario)\.(skip|todo)\(|\b(skip|todo): true|\bt\.skip\(\)/,
    reads: 'code',
  },
  {
    name: 'sleeping-test',
    instead: 'move the simulated clock, or wait for the event itself',
    where: TEST,
    pattern: /\bawait (sleep|delay|setTimeout)\(|setTimeout\((resolve|done|r)\b/,
    reads: 'code',
  },
  {
    name: 'export-star',
    instead: 'name what the face exports',
    where: CODE,
    pattern: /\bexport \*/,
    reads: 'code',
  },
  {
    name: 'console',
    instead: 'use the logger; programs for people write to process.stdout',
    where: CODE,
    pattern: /\bconsole\./,
    reads: 'code',
  },
  {
    name: 'unfinished',
    instead: 'finish it, or write TODO with an issue number (#12)',
    where: CODE,
    except: ITSELF,
    pattern: /\bFIXME\b|\bTODO\b(?!.*#\d+)/,
    reads: 'text',
  },
  {
    name: 'type-hole',
    instead: 'give it its type',
    where: CODE,
    except: ITSELF,
    pattern: /@ts-(ignore|expect-error|nocheck)/,
    reads: 'text',
  },
  {
    name: 'lint-suppression',
    instead: 'follow the rule, or say after `--` on the same line why it is wrong here',
    where: CODE,
    except: ITSELF,
    pattern: /(eslint|oxlint)-disable(?!.*--\s*\S+ \S+)/,
    reads: 'text',
  },
]

/** These also hold for papers, SQL and settings. */
const repositoryBans: readonly Ban[] = [
  {
    name: 'machine-path',
    instead: 'write a path from the root of the repository',
    where: ALL,
    except: ITSELF,
    pattern: /(?<![\w./])\/(work|root|home|Users)\//,
    reads: 'text',
  },
  {
    name: 'registry-host',
    instead: 'name the package; where it comes from is a setting of the machine',
    where: ALL,
    except: ITSELF,
    pattern:
      /registry\.npmjs|pypi\.org|pythonhosted|static\.crates|proxy\.golang|"resolved": "http/,
    reads: 'text',
  },
  {
    name: 'maker',
    instead: 'say what and why; who or what wrote it is no part of the project',
    where: ALL,
    except: ITSELF,
    pattern:
      /\b(c[l]aude|anth[r]opic|chat[g]pt|cop[i]lot)\b|\b(coding|AI) (agent|assistant)s?\b|\bAI[- ]generated\b|\b(this|previous|earlier) session\b|co-authored-by/i,
    reads: 'text',
  },
]

export const BANS = [...coreBans, ...serverBans, ...codeBans, ...repositoryBans]

/** A file name that says nothing about what is inside. */
export const EMPTY_NAMES = /^(utils?|helpers?|common|misc|managers?|types|shared|stuff)(\.ts)?$/

export const FILE_NAME =
  /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|child|scenario|property|generated|config|d))*\.(ts|mjs|cjs)$/

/** Folders whose children are modules, and what each module must hold. */
export const MODULE_FOLDERS = [
  { folder: 'packages/core/src', files: ['index.ts', 'README.md'] },
  { folder: 'packages/server/src/modules', files: ['index.ts', 'README.md'] },
  { folder: 'packages/server/src/platform', files: ['index.ts'] },
  { folder: 'packages/server/src/gateways', files: ['index.ts'] },
  { folder: 'packages/server/src/connectors', files: ['index.ts'] },
  { folder: 'packages/server/src/compat', files: ['index.ts'] },
] as const
