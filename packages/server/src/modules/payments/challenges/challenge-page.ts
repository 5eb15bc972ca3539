import { decodeId, isUuid } from '@perennial/core/ids'
import type { BroughtBack } from '@perennial/core/payments'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../platform/clock/index.ts'
import { type ApiInstance, createCallerLimit, toProblem } from '../../../platform/http/index.ts'
import type { Logger } from '../../../platform/log/index.ts'
import { type BuiltPage, sendAway, sendPage } from '../../../platform/pages/index.ts'
import {
  type Challenge,
  type ChallengeSubject,
  findChallenge,
  keepBrought,
} from '../queries/challenges.ts'
import { CHALLENGE_PREFIX, type ChallengeDeps } from './charge-present.ts'

export type ChallengePageDeps = Pick<ChallengeDeps, 'database'> & {
  readonly clock: Clock
  readonly log: Logger
  /** As packages/web built it; null = it was not. */
  readonly page: BuiltPage | null
  /** Asks what came of a charge whose customer has brought something back. */
  readonly finish: Readonly<
    Record<ChallengeSubject['kind'], (challenge: Challenge) => Promise<void>>
  >
}

/** Whoever was sent there has one challenge, and may reload the page. */
const CALLS_PER_MINUTE = 30
const UNKNOWN_PER_MINUTE = 30

/**
 * `{prefix}/{account}/{key}`: where a customer is sent whose bank wants a form to be posted, and where all come back to whose
 * gateway wants what they bring. Coming twice, late or with something made up changes nothing.
 */
export function addChallengePage(app: ApiInstance, deps: ChallengePageDeps): void {
  const isFewCalls = createCallerLimit(CALLS_PER_MINUTE, deps.clock)
  const isFewUnknown = createCallerLimit(UNKNOWN_PER_MINUTE, deps.clock)
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = toProblem(error)
    deps.log.error({ error, requestId: request.id, route: request.routeOptions.url }, 'request failed') // prettier-ignore
    sendAway(reply.headers(problem?.headers ?? {}), deps.page, { status: problem?.status ?? 500 })
  }
  app.get(`${CHALLENGE_PREFIX}/:accountId/:id`, { schema: { hide: true }, errorHandler }, async (request, reply) => {
    const challenge = await find(deps, request.params)
    if (challenge === null)
      return isFewUnknown(request.ip) ? showUnknown(reply, deps) : tooMany(reply, deps)
    if (!isFewCalls(challenge.id)) return tooMany(reply, deps)
    const brought = readBrought(request.query)
    if (brought === null && challenge.brought === null && challenge.form !== null)
      return showForm(reply, deps, challenge.form)
    if (brought !== null) await handIn(deps, challenge, brought)
    return sendOn(reply, deps, challenge)
  }) // prettier-ignore
}

/** What somebody made up may be there first: once that is handed in and forgotten, this one's turn comes. */
async function handIn(deps: ChallengePageDeps, challenge: Challenge, brought: BroughtBack) {
  const scope = { accountScope: challenge.accountId }
  const finish = deps.finish[challenge.subject.kind]
  for (const _turn of ['first', 'second']) {
    const isKept = await deps.database.tx((tx) => keepBrought(tx, challenge, brought), scope)
    await finish(challenge)
    if (isKept) return
  }
}

async function find({ database }: ChallengePageDeps, params: unknown) {
  const { accountId, id }: { accountId?: unknown; id?: unknown } = Object(params)
  const account = decodeId('account', String(accountId))
  const key = String(id)
  if (account.kind !== 'ok' || !isUuid(key)) return null
  const scope = { accountScope: account.id }
  return database.tx((tx) => findChallenge(tx, { accountId: account.id, id: key }), scope)
}

const NAMES_MAX = 8
const LENGTH_MAX = 8_000

/** What is written behind the address; null where there is nothing, or more than a gateway would write. */
function readBrought(query: unknown): BroughtBack | null {
  const entries: [string, unknown][] = Object.entries(Object(query))
  if (entries.length === 0 || entries.length > NAMES_MAX) return null
  const brought: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (typeof value !== 'string' || name.length + value.length > LENGTH_MAX) return null
    brought[name] = value
  }
  return brought
}

function showForm(reply: FastifyReply, { page }: ChallengePageDeps, form: NonNullable<Challenge['form']>) {
  const data = { kind: 'bank_form', ...form }
  const contents = { status: 200, title: 'Your bank', data, imageUrl: null, formUrl: form.url }
  return sendPage(reply, page, contents)
} // prettier-ignore

/** On to where whoever asked for the money wants them; the outcome is read there. */
function sendOn(reply: FastifyReply, { page }: ChallengePageDeps, { returnUrl }: Challenge) {
  if (returnUrl === null) {
    const data = { kind: 'bank_over' }
    return sendPage(reply, page, { status: 200, title: 'Your bank', data, imageUrl: null })
  }
  return reply
    .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .redirect(returnUrl, 303)
}

function showUnknown(reply: FastifyReply, { page }: ChallengePageDeps) {
  const data = { kind: 'link_over', reason: 'unknown' }
  return sendPage(reply, page, { status: 404, title: 'Link', data, imageUrl: null })
}

function tooMany(reply: FastifyReply, { page }: ChallengePageDeps) {
  return sendAway(reply.header('retry-after', '60'), page, { status: 429 })
}
