import { assert } from '@perennial/core/fault'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { parseCurrency, type Currency } from '@perennial/core/money'
import {
  compileProfile,
  emptyBook,
  parseBins,
  type BillRouting,
  type BinRanges,
  type BinResult,
  type GatewayGroup,
  type GatewayUsage,
  type PaymentProfile,
  type ProfileDefinition,
  type RouteMethod,
  type RoutingBook,
  type RoutingConfig,
  type UsageFigures,
} from '@perennial/core/routing'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { fromStoredJson } from '../json-forms.ts'
import {
  listBinResults,
  listCustomerGroups,
  listHistories,
  listInFlight,
  listLastSuccesses,
  listSubjectMethods,
  listTurns,
  listUsage,
  lockCaps,
  type RouteSubject,
  type SubjectMethod,
  type UsageRow,
} from '../queries/charged.ts'
import {
  hasRouting,
  listBins,
  listNamedProfiles,
  listGroups,
  listRoutingGateways,
  listSegments,
  type SubscriptionSegments,
} from '../queries/setup.ts'

export type RoutingQuestion = {
  readonly accountId: Uuid
  readonly at: Instant
  /** Of the account, for subjects that name none. */
  readonly defaultProfileId: Uuid | null
  readonly draw: () => number
  /** A definition that is not saved, for all subjects. */
  readonly tried?: PaymentProfile
}

/**
 * How each of these subjects is routed, by key: a fixed number of statements, however many they are. One book for all
 * of them, so that each decision sees those before it. Empty where the account has set nothing up: then every
 * charge goes to the first gateway that can.
 */
export async function loadRouting(
  tx: Tx,
  question: RoutingQuestion,
  subjects: readonly RouteSubject[],
): Promise<ReadonlyMap<Uuid, BillRouting>> {
  const { accountId, defaultProfileId, tried } = question
  const isAsked =
    defaultProfileId !== null ||
    tried !== undefined ||
    subjects.some(
      ({ segments, cascade, hasBackups }) =>
        segments !== undefined || cascade !== undefined || hasBackups === true,
    )
  if (subjects.length === 0 || !(isAsked || (await hasRouting(tx, accountId)))) return new Map()
  const [stored, gateways, groups, methods, turns] = await Promise.all([
    listSegments(
      tx,
      accountId,
      subjects.flatMap((subject) => subject.subscriptionId ?? []),
    ),
    listRoutingGateways(tx, accountId),
    listGroups(tx, accountId),
    listSubjectMethods(tx, accountId, subjects),
    listTurns(tx, accountId),
  ])
  const segments = [...stored, ...subjects.flatMap((subject) => subject.segments ?? [])]
  const segmentsOf = new Map(segments.map((one) => [one.subscriptionId, one]))
  const profiles = await loadProfiles(tx, question, segments)
  const config = {
    gateways: new Map(gateways.map((gateway) => [gateway.id, gateway])),
    groups: new Map(groups.map((group) => [group.id, group])),
    binProfiles: await loadBinProfiles(tx, accountId, profiles),
  }
  const isCapped = gateways.some((gateway) => gateway.rules.length > 0)
  const needs = needsOf([...profiles.values()], { segments, groups, isCapped })
  const book = await loadBook(tx, question, { needs, methods, turns })
  const detailsOf = Map.groupBy(methods, (method) => method.key)
  const knownOf = await loadKnown(tx, accountId, { needs, subjects, segmentsOf })
  return new Map(
    subjects.flatMap((subject): [Uuid, BillRouting][] => {
      const own = segmentsOf.get(subject.subscriptionId ?? subject.key)
      const profileId = profileIdOf(own) ?? defaultProfileId
      const turns = subject.cascade === undefined ? null : inTurn(subject.cascade, gateways)
      const stored = profileId === null ? null : (profiles.get(profileId) ?? null)
      const named = profileIdOf(own) === null ? null : stored
      const all = detailsOf.get(subject.key) ?? []
      const found = tried ?? named ?? turns ?? stored ?? backupsInTurn(all, gateways)
      const profile = followsLastSuccess(own) ? preferring(found) : found
      if (!isRouted({ profile, own, config })) return []
      const routing = { config, profile, book, draw: question.draw }
      const details = all.filter(isMethodOf(subject, profile))
      const known = knownOf(subject, details)
      const hardDeclines = found === turns ? subject.cascade?.hardDeclines : undefined
      const strict = hardDeclines === undefined ? {} : { hardDeclines }
      return [[subject.key, { routing, known, methods: details, ...strict }]]
    }),
  )
}

/** No profile of the account's: it has no version, so a route goes on by whatever the gateways are by then. */
function inTurn(
  { gatewayIds }: NonNullable<RouteSubject['cascade']>,
  gateways: readonly { readonly id: Uuid }[],
): PaymentProfile {
  const ids = gatewayIds.length > 0 ? gatewayIds : gateways.map(({ id }) => id)
  return cascadeOf({ id: NO_PROFILE, gatewayIds: ids, methods: 'all' })
}

/** Of a subject that has other cards to stand in; each is charged once, at the first gateway that can. */
function backupsInTurn(
  methods: readonly SubjectMethod[],
  gateways: readonly { readonly id: Uuid }[],
): PaymentProfile | null {
  if (!methods.some((method) => method.isBackup)) return null
  const gatewayIds = gateways.map(({ id }) => id)
  return cascadeOf({ id: BACKUPS, gatewayIds, methods: 'each_once' })
}

function cascadeOf(of: {
  readonly id: Uuid
  readonly gatewayIds: readonly Uuid[]
  readonly methods: 'all' | 'each_once'
}): PaymentProfile {
  const { id, methods } = of
  const entries = of.gatewayIds.map((gatewayId) => ({ kind: 'gateway', gatewayId }) as const)
  return compileProfile({ id, version: 0, definition: { kind: 'cascade', entries, methods } })
}

const NO_PROFILE = ownId(0)
const BACKUPS = ownId(1)

function ownId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id), 'a constant id is one')
  return id
}

/**
 * Where methods are tried in turn, the customer's default is none of them unless it is named; other cards stand in only
 * where no profile decides.
 */
function isMethodOf(
  subject: RouteSubject,
  profile: PaymentProfile | null,
): (method: SubjectMethod) => boolean {
  return (method) =>
    (subject.cascade === undefined || method.isOwn) && (!method.isBackup || profile?.id === BACKUPS)
}

/** Of the subscription itself, or else of the subscription profile that it follows. */
function profileIdOf(own: SubscriptionSegments | undefined): Uuid | null {
  return own?.paymentProfileId ?? own?.followedPaymentProfileId ?? null
}

/** What a subscription profile says of its payment profile does not hold for one that the subscription names itself. */
function followsLastSuccess(own: SubscriptionSegments | undefined): boolean {
  return own?.prefersLastSuccess === true && own.paymentProfileId === null
}

/** The same with the gateway of the last success first in step 1; a profile without steps stays as it is. */
function preferring(profile: PaymentProfile | null): PaymentProfile | null {
  if (profile?.definition.kind !== 'basic') return profile
  return { ...profile, definition: { ...profile.definition, prefersLastSuccess: true } }
}

/** Something has to be decided: a profile, a segment, or the cap of a gateway. */
function isRouted(of: {
  readonly profile: PaymentProfile | null
  readonly own: SubscriptionSegments | undefined
  readonly config: RoutingConfig
}): boolean {
  const isCapped = [...of.config.gateways.values()].some((gateway) => gateway.rules.length > 0)
  const { forcedGatewayId = null, preferredGatewayId = null } = of.own ?? {}
  return of.profile !== null || forcedGatewayId !== null || preferredGatewayId !== null || isCapped
}

async function loadProfiles(
  tx: Tx,
  question: RoutingQuestion,
  segments: readonly SubscriptionSegments[],
): Promise<ReadonlyMap<Uuid, PaymentProfile>> {
  const { accountId, defaultProfileId, tried } = question
  if (tried !== undefined) return new Map([[tried.id, tried]])
  const named = segments.flatMap((one) => profileIdOf(one) ?? [])
  const ids = new Set(defaultProfileId === null ? named : [...named, defaultProfileId])
  if (ids.size === 0) return new Map()
  const rows = await listNamedProfiles(tx, accountId, [...ids])
  return new Map(
    rows.map(({ id, version, definition }) => [
      id,
      // It was validated when it was saved.
      compileProfile({ id, version, definition: fromStoredJson(definition) as ProfileDefinition }),
    ]),
  )
}

/** What the profiles at hand ask about, by the words in them: too much only costs a statement. */
type Needs = {
  readonly lastSuccess: boolean
  readonly history: boolean
  readonly customerGroups: boolean
  readonly learned: boolean
  /** A limit on usage: what others plan at the same moment counts. */
  readonly capped: boolean
  /** Gateways are chosen by what they have captured. */
  readonly weighed: boolean
}

function needsOf(
  profiles: readonly PaymentProfile[],
  given: {
    readonly segments: readonly SubscriptionSegments[]
    readonly groups: readonly GatewayGroup[]
    readonly isCapped: boolean
  },
): Needs {
  const { segments, groups, isCapped } = given
  const text = profiles.map((profile) => textOf(profile.definition)).join()
  return {
    lastSuccess:
      segments.some(followsLastSuccess) ||
      text.includes('prefersLastSuccess') ||
      text.includes('last_success_of'),
    history: text.includes('_for_customer'),
    customerGroups: text.includes('filter_customer_group'),
    learned: text.includes('smartBin'),
    capped: isCapped || text.includes('"usage":'),
    weighed:
      text.includes('even_distribution') ||
      groups.some(({ id, choice }) => choice === 'even_distribution' && text.includes(id)),
  }
}

function textOf(definition: ProfileDefinition): string {
  return JSON.stringify(definition, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

async function loadBinProfiles(
  tx: Tx,
  accountId: Uuid,
  profiles: ReadonlyMap<Uuid, PaymentProfile>,
): Promise<ReadonlyMap<Uuid, BinRanges>> {
  const text = [...profiles.values()].map((profile) => textOf(profile.definition)).join()
  const ids = [...text.matchAll(/"binProfileIds":\[([^\]]*)\]/g)].flatMap(
    ([, list = '']) => JSON.parse(`[${list}]`) as Uuid[],
  )
  if (ids.length === 0) return new Map()
  const rows = await listBins(tx, accountId, [...new Set(ids)])
  return new Map(
    rows.map(({ id, bins }) => {
      const parsed = parseBins(bins)
      assert(parsed.kind === 'parsed', 'a BIN profile was checked when it was saved')
      return [id, parsed.ranges]
    }),
  )
}

async function loadBook(
  tx: Tx,
  { accountId, at, tried }: RoutingQuestion,
  given: {
    readonly needs: Needs
    readonly methods: readonly SubjectMethod[]
    readonly turns: Map<string, Uuid>
  },
): Promise<RoutingBook> {
  const bins = given.needs.learned
    ? [...new Set(given.methods.flatMap(({ cardBin }) => cardBin?.slice(0, 6) ?? []))]
    : []
  const { capped, weighed } = given.needs
  if (capped && tried === undefined) await lockCaps(tx, accountId)
  // First: a charge that settles between the two is counted in both, and never in neither.
  const inFlight = capped ? await listInFlight(tx, accountId) : []
  const [usage, results] = await Promise.all([
    capped || weighed ? listUsage(tx, accountId, at) : [],
    bins.length === 0 ? [] : listBinResults(tx, accountId, { bins, at }),
  ])
  const binResults = new Map<string, Map<Uuid, BinResult>>()
  for (const { bin, gateway_id, approved, attempts } of results) {
    const own = binResults.get(bin) ?? new Map<Uuid, BinResult>()
    binResults.set(bin, own.set(gateway_id, { approved, attempts }))
  }
  const book = { ...emptyBook(), usage: toUsage(usage), turns: given.turns, binResults }
  for (const { gatewayId, attempts, amountMinor, currency: text } of inFlight) {
    const currency = parseCurrency(text)
    const planned = book.planned.get(gatewayId) ?? { attempts: 0, capturedMinor: new Map() }
    planned.attempts += attempts
    if (currency !== null) planned.capturedMinor.set(currency, amountMinor)
    book.planned.set(gatewayId, planned)
  }
  return book
}

function toUsage(rows: readonly UsageRow[]): ReadonlyMap<Uuid, GatewayUsage> {
  const figuresOf = (gatewayId: Uuid, period: UsageRow['period']): UsageFigures => {
    const own = rows.filter((row) => row.gatewayId === gatewayId && row.period === period)
    const sum = (of: (row: UsageRow) => number) => own.reduce((total, row) => total + of(row), 0)
    const captured = own.flatMap((row): [Currency, bigint][] => {
      const currency = parseCurrency(row.currency)
      return currency === null ? [] : [[currency, row.capturedMinor]]
    })
    return {
      capturedMinor: new Map(captured),
      approved: sum((row) => row.approved),
      declined: sum((row) => row.declined),
      attempts: sum((row) => row.approved + row.declined),
      chargebacks: sum((row) => row.chargebacks),
    }
  }
  const ids = new Set(rows.map((row) => row.gatewayId))
  return new Map(
    [...ids].map((id): [Uuid, GatewayUsage] => [
      id,
      {
        hour: figuresOf(id, 'hour'),
        day: figuresOf(id, 'day'),
        week: figuresOf(id, 'week'),
        month: figuresOf(id, 'month'),
      },
    ]),
  )
}

async function loadKnown(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly needs: Needs
    readonly subjects: readonly RouteSubject[]
    readonly segmentsOf: ReadonlyMap<Uuid, SubscriptionSegments>
  },
): Promise<(subject: RouteSubject, methods: readonly SubjectMethod[]) => BillRouting['known']> {
  const { needs, subjects, segmentsOf } = given
  const customerIds = [...new Set(subjects.map((subject) => subject.customerId))]
  const [successes, histories, groups] = await Promise.all([
    needs.lastSuccess ? listLastSuccesses(tx, accountId, subjects) : new Map<Uuid, Uuid>(),
    needs.history ? listHistories(tx, accountId, customerIds) : [],
    needs.customerGroups ? listCustomerGroups(tx, accountId, customerIds) : new Map<Uuid, string>(),
  ])
  const historyOf = new Map(histories.map((history) => [history.customerId, history]))
  return (subject, methods) => {
    const segments = segmentsOf.get(subject.subscriptionId ?? subject.key)
    const history = historyOf.get(subject.customerId)
    const group = groups.get(subject.customerId)
    return {
      methods: methods.map(toRouteMethod),
      customerGroups: group === undefined ? [] : [group],
      approvedGatewayIds: history?.approvedGatewayIds ?? [],
      declinedGatewayIds: history?.declinedGatewayIds ?? [],
      forcedGatewayId: segments?.forcedGatewayId ?? null,
      preferredGatewayId: segments?.preferredGatewayId ?? null,
      lastSuccessGatewayId: successes.get(subject.key) ?? null,
    }
  }
}

function toRouteMethod(method: SubjectMethod): RouteMethod {
  const { paymentMethodId, cardBrand: brand, cardBin: bin, gatewayIds } = method
  return { paymentMethodId, brand, bin, gatewayIds }
}
