// Which way imports may point: ARCHITECTURE.md, "The house". Run by scripts/check-imports.ts.
const CORE = '^packages/core/src/'
const CORE_BILLING = `${CORE}billing/`
const SERVER = '^packages/server/src/'
const MODULES = `${SERVER}modules/`
const BILLING = `${MODULES}billing/`
/** Tests, programs that they start, and what only tests share. */
const TEST = '((\\.test|\\.child)\\.ts$|/src/testing/)'
const FACE = '/index\\.ts$'
/** Programs that look at the house from inside to test or measure it. */
const WORKSHOP = '^(packages/testkit|scenarios|bench|scripts)/'

/** Each may import only those before it. */
const CORE_ORDER = [
  'fault',
  'money',
  'time',
  'ids',
  'maps',
  'ledger',
  'catalog',
  'discounts',
  'tax',
  'shipping',
  'subscriptions',
  'invoices',
  'sales',
  'declines',
  'payments',
  'routing',
  'recovery',
  'dunning',
  'disputes',
  'billing',
]

/** The rooms of `core/billing`, from the ground up; each may import only those before it. */
const CORE_BILLING_ORDER = [
  'state',
  'extras',
  'charges',
  'standing',
  'recycling',
  'bills',
  'failed',
  'due',
  'sales',
  'settle',
  'retry',
  'money-back',
  'bulk-edit',
]

/** The rooms of `modules/billing`, in the same way. */
const BILLING_ORDER = [
  'work',
  'extras',
  'salvage',
  'recycling',
  'load',
  'apply',
  'collect',
  'updater',
  'recovery',
  'subscriptions',
  'invoices',
  'direct-debit',
  'refunds',
  'intents',
  'holds',
  'challenges',
  'attempts',
  'charges',
  'plans',
  'sales',
  'operations',
  'trials',
  'disputes',
  'notices',
  'reconciliation',
  'renewals',
  'metadata',
  'dunning',
  'run',
]

const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to })

/** One rule a room: it imports none of those that stand above it. */
const orderOf = (title, folder, rooms) =>
  rooms
    .slice(0, -1)
    .map((name, index) =>
      rule(
        `${title}-order-${name}`,
        `${title}/${name} may import only: ${rooms.slice(0, index).join(', ') || 'nothing'}`,
        { path: `${folder}${name}/`, pathNot: TEST },
        { path: `${folder}(${rooms.slice(index + 1).join('|')})/` },
      ),
    )

const coreRules = [
  rule(
    'core-module-has-its-place',
    'a core module stands in CORE_ORDER of .dependency-cruiser.cjs',
    { path: `${CORE}[^/]+/`, pathNot: `${CORE}(${CORE_ORDER.join('|')})/` },
    {},
  ),
  rule(
    'core-billing-room-has-its-place',
    'a room of core/billing stands in CORE_BILLING_ORDER of .dependency-cruiser.cjs',
    { path: `${CORE_BILLING}[^/]+/`, pathNot: `${CORE_BILLING}(${CORE_BILLING_ORDER.join('|')})/` },
    {},
  ),
  rule(
    'core-is-pure',
    'core has no dependency; the calendar library is core/time’s own',
    { path: CORE, pathNot: [TEST, `${CORE}time/`] },
    { pathNot: CORE },
  ),
  rule(
    'core-time-is-pure',
    'core/time has one dependency: temporal-polyfill',
    { path: `${CORE}time/`, pathNot: TEST },
    { pathNot: [CORE, 'node_modules/temporal-(polyfill|spec|utils)/'] },
  ),
  rule(
    'core-face',
    'a core module is reached through its index.ts',
    { path: `${CORE}([^/]+)/` },
    { path: `${CORE}[^/]+/`, pathNot: [`${CORE}$1/`, FACE] },
  ),
  rule(
    'core-face-outside',
    'core is imported as @perennial/core/<module>',
    { pathNot: CORE },
    { path: CORE, pathNot: FACE },
  ),
]

const serverRules = [
  rule(
    'billing-room-has-its-place',
    'a room of modules/billing stands in BILLING_ORDER of .dependency-cruiser.cjs',
    { path: `${BILLING}[^/]+/`, pathNot: `${BILLING}(${BILLING_ORDER.join('|')})/` },
    {},
  ),
  rule(
    'server-face',
    'a server module is reached through its index.ts',
    { path: `${MODULES}([^/]+)/` },
    { path: `${MODULES}[^/]+/`, pathNot: [`${MODULES}$1/`, FACE] },
  ),
  rule(
    'server-face-outside',
    'roots, compatible doors and connectors use the faces of modules',
    { pathNot: [MODULES, WORKSHOP] },
    { path: MODULES, pathNot: FACE },
  ),
  rule(
    'platform-is-a-leaf',
    'platform knows no module, gateway, connector or foreign wire format',
    { path: `${SERVER}platform/` },
    { path: `${SERVER}(modules|gateways|connectors|compat)/` },
  ),
  rule(
    'platform-face',
    'a part of platform is reached through its index.ts',
    { path: `${SERVER}platform/([^/]+)/` },
    { path: `${SERVER}platform/[^/]+/`, pathNot: [`${SERVER}platform/$1/`, FACE] },
  ),
  rule(
    'platform-face-outside',
    'a part of platform is reached through its index.ts',
    { pathNot: [`${SERVER}platform/`, WORKSHOP] },
    { path: `${SERVER}platform/[^/]+/`, pathNot: FACE },
  ),
  rule(
    'gateways-know-ports-only',
    'a gateway adapter implements a port of core and knows no module',
    { path: `${SERVER}gateways/` },
    { path: `${SERVER}(modules|connectors|compat)/` },
  ),
  rule(
    'doors-translate-only',
    'compatible doors and connectors call the faces of modules, never gateways or each other',
    { path: `${SERVER}(compat|connectors)/([^/]+)/` },
    { path: `${SERVER}(gateways|compat|connectors)/`, pathNot: `${SERVER}$1/$2/` },
  ),
  rule(
    'modules-know-no-outside',
    'a module knows ports; who stands behind them is the business of the composition roots',
    { path: MODULES },
    { path: `${SERVER}(gateways|compat|connectors)/` },
  ),
  rule(
    'only-gateways-know-vendors',
    'a vendor’s SDK is imported by its adapter alone',
    { pathNot: [`${SERVER}gateways/`, '^packages/testkit/src/gateway-doubles/', TEST] },
    {
      path: 'node_modules/(stripe|@adyen|authorizenet|braintree|checkout-sdk-node|gocardless-nodejs)/',
    },
  ),
]

const packageRules = [
  rule(
    'world-knows-no-server',
    'the card world is a program of its own that speaks HTTP',
    { path: '^packages/world/' },
    { path: '^packages/(server|cli|web)/' },
  ),
  rule(
    'referee-is-independent',
    'who judges by the networks’ rules takes none of the numbers of those who are judged',
    { path: '^packages/world/src/referee/', pathNot: TEST },
    { path: ['^packages/core/', '^packages/world/src/simulation/'] },
  ),
  rule(
    'server-knows-no-world',
    'the service reaches the card world by HTTP, as it reaches any gateway',
    { path: '^packages/server/', pathNot: TEST },
    { path: '^packages/(world|cli|web)/' },
  ),
  rule(
    'web-knows-the-api-only',
    'pages know the OpenAPI file and nothing behind it',
    { path: '^packages/web/' },
    { path: '^packages/(server|core|world|testkit)/' },
  ),
  rule(
    'the-product-knows-no-workshop',
    'what runs at a merchant’s imports no test or measuring code',
    { path: '^packages/(core|server|world|cli|web)/', pathNot: TEST },
    { path: [WORKSHOP, TEST], pathNot: '^scripts/with-node\\.mjs$' },
  ),
  rule(
    'the-product-needs-no-dev-dependency',
    'what runs at a merchant’s is listed under dependencies',
    { path: '^packages/(core|server|world|cli)/src/', pathNot: TEST },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm', 'npm-optional'] },
  ),
]

module.exports = {
  forbidden: [
    rule('no-cycles', 'no cycles, not even of types', {}, { circular: true }),
    rule('resolves', 'an import leads somewhere', {}, { couldNotResolve: true }),
    ...coreRules,
    ...orderOf('core', CORE, CORE_ORDER),
    ...orderOf('core-billing', CORE_BILLING, CORE_BILLING_ORDER),
    ...orderOf('billing', BILLING, BILLING_ORDER),
    ...serverRules,
    ...packageRules,
  ],
  options: {
    parser: 'swc', // TypeScript 7 has no API that could be asked
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
}
