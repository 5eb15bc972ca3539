import { parseInstant } from './instant.ts'
import { type PathSegment, type Problem, renderPath } from './problem.ts'
import {
  type CustomersFile,
  type GatewayFile,
  type IssuerFile,
  type WorldFile,
  incomeSchemas,
} from './schema.ts'
import { shapeProblems } from './shape-problems.ts'

/** What a world file holds at one time: the file itself, or the file with a change merged in. */
export type WorldParts = Pick<WorldFile, 'gateways' | 'issuers' | 'customers'>

type Report = (path: readonly PathSegment[], message: string) => void

/** Rules that tie fields to each other. Expects a file whose shape is right. */
export function crossFieldProblems(parts: WorldParts): Problem[] {
  const problems: Problem[] = []
  const report: Report = (path, message) => problems.push({ path: renderPath(path), message })
  reportRepeats(parts.gateways, 'gateways', report)
  reportRepeats(parts.issuers, 'issuers', report)
  parts.gateways.forEach((gateway, i) => checkGateway(gateway, ['gateways', i], report))
  parts.issuers.forEach((issuer, i) => {
    checkIssuer(issuer, parts.gateways, ['issuers', i], report)
    checkIncome(issuer, ['issuers', i, 'funds', 'income'], problems)
  })
  if (parts.issuers.every((issuer) => issuer.share === 0)) {
    report(['issuers'], 'no issuer has a share, so no card can be drawn')
  }
  checkCustomers(parts.customers, parts.gateways, report)
  return problems
}

export function checkInstant(text: string, path: readonly PathSegment[], report: Report): void {
  if (parseInstant(text) === null) {
    report(path, 'must be an instant such as 2027-01-31T09:00:00Z')
  }
}

function checkGateway(gateway: GatewayFile, at: readonly PathSegment[], report: Report): void {
  checkOutages(gateway.outages, [...at, 'outages'], report)
  if (gateway.latency_ms.p99 < gateway.latency_ms.p50) {
    report([...at, 'latency_ms', 'p99'], 'must not be below p50')
  }
}

function checkIssuer(
  issuer: IssuerFile,
  gateways: readonly GatewayFile[],
  at: readonly PathSegment[],
  report: Report,
): void {
  checkOutages(issuer.outages, [...at, 'outages'], report)
  if (!isTimeZone(issuer.timezone)) {
    report([...at, 'timezone'], 'must be an IANA time zone such as Europe/Berlin')
  }
  if (!gateways.some((gateway) => gateway.networks.includes(issuer.network))) {
    report([...at, 'network'], `no gateway takes the network ${issuer.network}`)
  }
  for (const id of Object.keys(issuer.refusals.gateway_factor)) {
    if (gateways.some((gateway) => gateway.id === id)) continue
    report(
      [...at, 'refusals', 'gateway_factor', id],
      'names a gateway that the world does not have',
    )
  }
}

function checkIncome(issuer: IssuerFile, at: readonly PathSegment[], problems: Problem[]): void {
  if (issuer.funds === null) return
  const income: { kind: string } = issuer.funds.income
  const schema = Object.entries(incomeSchemas).find(([kind]) => kind === income.kind)?.[1]
  if (schema !== undefined) problems.push(...shapeProblems(schema, income, at))
  else {
    const kinds = Object.keys(incomeSchemas).join(', ')
    problems.push({ path: renderPath([...at, 'kind']), message: `must be one of ${kinds}` })
  }
}

function checkCustomers(
  customers: CustomersFile,
  gateways: readonly GatewayFile[],
  report: Report,
): void {
  if (customers.amounts_minor.every(([weight]) => weight === 0)) {
    report(['customers', 'amounts_minor'], 'at least one weight must be above 0')
  }
  const currency = customers.currency.toLowerCase()
  const isTaken = gateways.some((g) => g.currencies.some((c) => c.toLowerCase() === currency))
  if (!isTaken) report(['customers', 'currency'], `no gateway takes ${customers.currency}`)
}

function checkOutages(
  outages: readonly { from: string; to: string }[],
  at: readonly PathSegment[],
  report: Report,
): void {
  outages.forEach(({ from, to }, i) => {
    checkInstant(from, [...at, i, 'from'], report)
    checkInstant(to, [...at, i, 'to'], report)
    const fromAt = parseInstant(from)
    const toAt = parseInstant(to)
    if (fromAt !== null && toAt !== null && toAt <= fromAt) {
      report([...at, i, 'to'], 'must be later than from')
    }
  })
}

function reportRepeats(
  named: readonly { id: string }[],
  list: 'gateways' | 'issuers',
  report: Report,
): void {
  const seen = new Set<string>()
  named.forEach(({ id }, i) => {
    if (seen.has(id)) report([list, i, 'id'], `repeats the id ${id}`)
    seen.add(id)
  })
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
