import { formatInstant } from '@perennial/core/time'
import {
  clientCardUrl,
  createCardLink,
  readPastDue,
  replaceCard,
  type OutsideDeps,
  type PastDue,
} from '../../modules/recovery/index.ts'
import { toWireMinor } from '@perennial/core/money'
import type { ApiInstance } from '../../platform/http/index.ts'
import { anyClient, secretClient } from './authenticate-client.ts'
import { FaceRefusal } from './face-refusal.ts'
import { PAYWALL_SCRIPT } from './paywall-script.ts'
import { parameter, readBody, requiredText } from './read-fields.ts'
import { createWindowLimit } from './window-limit.ts'

const schema = { hide: true } as const
const TOKEN_LENGTH_MAX = 500
const PAYWALL_CALLS_PER_MINUTE = 120

/** Links on which payers replace a card, what a program does on one, and what a paywall asks. The page itself: routes.ts. */
export function addCardRoutes(app: ApiInstance, deps: OutsideDeps, publicUrl: string): void {
  app.post('/api/recovery/update-card/generate', { schema }, async (request, reply) => {
    const client = await secretClient(deps, request)
    const fields = readBody(request.body)
    const paymentToken = requiredText(fields, 'paymentMethodToken', TOKEN_LENGTH_MAX)
    const of = { paymentToken, recoveryId: null, payer: 'absent' } as const
    const { token, expiresAt } = await createCardLink(deps, client, of)
    const url = clientCardUrl(client, { publicUrl, token })
    return reply.code(201).send({ url, token, expiresAt: formatInstant(expiresAt) })
  })

  app.post('/api/recovery/update-card/:token', { schema }, async (request) => {
    const newToken = requiredText(readBody(request.body), 'newPaymentMethodToken', TOKEN_LENGTH_MAX)
    const replaced = await replaceCard(deps, tokenOf(request.params), {
      newToken,
      giver: null,
    })
    if (replaced.kind === 'accepted') return { success: true }
    if (replaced.code === 'token_shape')
      throw FaceRefusal.invalid('newPaymentMethodToken', 'is no token of the gateway')
    if (replaced.code === 'link_unknown') throw new FaceRefusal(404, { error: 'No such link.' })
    throw new FaceRefusal(410, { error: 'This link was used before, or its time is over.' })
  })

  // There is no vault here (spec/revtain.md 3, 14).
  app.post('/api/recovery/tokenize', { schema }, async (request) => {
    await secretClient(deps, request)
    throw new FaceRefusal(410, {
      error: 'Cards are not kept here. Send the token of your gateway.',
    })
  })

  addPaywall(app, deps)
  addPaywallScript(app)
}

const NOTHING_DUE = {
  totalOwedCents: 0,
  currency: 'USD',
  failedPaymentCount: 0,
  oldestFailureAt: null,
} as const

function toWirePastDue({ owed_minor: owedMinor, currency, failed, oldest_at: oldestAt }: PastDue) {
  return {
    totalOwedCents: toWireMinor(owedMinor),
    currency,
    failedPaymentCount: failed,
    oldestFailureAt: formatInstant(oldestAt),
  }
}

function addPaywall(app: ApiInstance, deps: OutsideDeps): void {
  const limit = createWindowLimit(PAYWALL_CALLS_PER_MINUTE, deps.clock)
  app.get('/api/recovery/paywall-status', { schema }, async (request, reply) => {
    // Asked by scripts on the merchant's own pages; what one payer owes is kept nowhere on the way.
    reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'no-store' })
    const client = await anyClient(deps, request)
    limit(client.apiKeyId)
    const email: unknown = Reflect.get(Object(request.query), 'customerEmail')
    if (typeof email !== 'string' || email.trim() === '' || email.includes('\0'))
      throw FaceRefusal.invalid('customerEmail', 'is required')
    const customerEmail = email.trim().toLowerCase()
    const { accountId, id: clientId } = client
    const owed = await readPastDue(deps, { accountId, clientId, customerEmail })
    const byCurrency = owed.map(toWirePastDue)
    const [oldest = NOTHING_DUE] = byCurrency
    return { isPastDue: byCurrency.length > 0, ...oldest, byCurrency }
  })

  app.options('/api/recovery/paywall-status', { schema }, async (_request, reply) =>
    reply
      .headers({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET',
        'access-control-allow-headers': 'x-api-key',
        'access-control-max-age': '86400',
      })
      .code(204)
      .send(),
  )
}

/** Needs no key: what it asks with stands in the merchant's page. */
function addPaywallScript(app: ApiInstance): void {
  app.get('/revtain-paywall.js', { schema }, async (_request, reply) =>
    reply
      .headers({
        'cache-control': 'public, max-age=3600',
        'cross-origin-resource-policy': 'cross-origin',
        'access-control-allow-origin': '*',
      })
      .type('text/javascript; charset=utf-8')
      .send(PAYWALL_SCRIPT),
  )
}

function tokenOf(params: unknown): string {
  return parameter(params, 'token').slice(0, 200)
}
