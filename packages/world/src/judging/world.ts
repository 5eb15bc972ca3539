import { assert } from '@perennial/core/fault'
import { type Paydays, makePaydays } from '../calendar/paydays.ts'
import { type Zone, makeZone } from '../calendar/zone.ts'
import { mixInteger, mixText } from '../chance/hash.ts'
import { parseInstant } from '../world-file/instant.ts'
import type { Problem } from '../world-file/problem.ts'
import type { CustomersFile, GatewayFile, IssuerFile, WorldFile } from '../world-file/schema.ts'
import { type FileVersion, validateWorldFile } from '../world-file/validate.ts'

/**
 * A world file, checked and prepared for judging. Never changes, apart from what it remembers of
 * the calendar.
 */
export interface World {
  readonly name: string
  readonly startsAt: number
  /**
   * Of name-independent things: the seed alone, so that two files with one seed draw the same
   * cards.
   */
  readonly hash: number
  readonly file: WorldFile
  readonly versions: readonly WorldVersion[]
  /** One an issuer, in the file's order. */
  readonly paydays: readonly Paydays[]
}

/** What holds from `from` until the next version. */
export interface WorldVersion {
  readonly from: number
  readonly gateways: ReadonlyMap<string, Gateway>
  readonly issuers: readonly Issuer[]
  readonly customers: CustomersFile
}

export interface Gateway {
  readonly id: string
  readonly hash: number
  readonly file: GatewayFile
  readonly networks: ReadonlySet<string>
  readonly currencies: ReadonlySet<string>
  readonly outages: readonly Span[]
}

export interface Issuer {
  readonly id: string
  readonly file: IssuerFile
  readonly network: string
  readonly zone: Zone
  readonly outages: readonly Span[]
}

/** Half-open. */
export interface Span {
  readonly from: number
  readonly to: number
}

export type Loading =
  | { readonly kind: 'loaded'; readonly world: World }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }

/** `json` is a parsed world file. Refused with every bad field and its path. */
export function loadWorld(json: unknown): Loading {
  const validation = validateWorldFile(json)
  if (validation.kind === 'invalid') return { kind: 'refused', problems: validation.problems }
  const { file } = validation
  const zones = new Map<string, Zone>()
  const versions = validation.versions.map((version) => toVersion(version, zones))
  const world = {
    name: file.name,
    startsAt: parseInstant(file.starts_at) ?? 0, // an instant, or the file would have been refused
    hash: mixInteger(0, file.seed),
    file,
    versions,
    paydays: file.issuers.map((_, index) => toPaydays(versions, index)),
  }
  return { kind: 'loaded', world }
}

export function versionAt(world: World, at: number): WorldVersion {
  const { versions } = world
  for (let i = versions.length - 1; i > 0; i -= 1) {
    const version = versions[i]
    if (version !== undefined && version.from <= at) return version
  }
  const first = versions[0]
  assert(first !== undefined, 'a world has a version from its beginning')
  return first
}

export function isWithin(spans: readonly Span[], at: number): boolean {
  for (const span of spans) if (at >= span.from && at < span.to) return true
  return false
}

function toVersion({ from, parts }: FileVersion, zones: Map<string, Zone>): WorldVersion {
  const gateways = parts.gateways.map(toGateway)
  return {
    from,
    gateways: new Map(gateways.map((gateway) => [gateway.id, gateway])),
    issuers: parts.issuers.map((file) => ({
      id: file.id,
      file,
      network: file.network.toLowerCase(),
      zone: zoneNamed(file.timezone, zones),
      outages: toSpans(file.outages),
    })),
    customers: parts.customers,
  }
}

function toGateway(file: GatewayFile): Gateway {
  return {
    id: file.id,
    hash: mixText(0, file.id),
    file,
    networks: new Set(file.networks.map((network) => network.toLowerCase())),
    currencies: new Set(file.currencies.map((currency) => currency.toLowerCase())),
    outages: toSpans(file.outages),
  }
}

function toPaydays(versions: readonly WorldVersion[], issuerIndex: number): Paydays {
  return makePaydays(
    versions.map((version, i) => {
      const issuer = version.issuers[issuerIndex]
      const funds = issuer?.file.funds ?? null
      return {
        from: version.from,
        until: versions[i + 1]?.from ?? Number.POSITIVE_INFINITY,
        rule:
          funds === null || issuer === undefined
            ? null
            : { income: funds.income, hour: funds.hour, zone: issuer.zone },
      }
    }),
  )
}

function toSpans(outages: readonly { from: string; to: string }[]): Span[] {
  return outages.map(({ from, to }) => ({
    from: parseInstant(from) ?? 0, // instants, or the file would have been refused
    to: parseInstant(to) ?? 0,
  }))
}

function zoneNamed(name: string, zones: Map<string, Zone>): Zone {
  const known = zones.get(name)
  if (known !== undefined) return known
  const zone = makeZone(name)
  zones.set(name, zone)
  return zone
}
