import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import type { Clock } from '../../../platform/clock/index.ts'
import { sha256Hex } from '../../../platform/crypto/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { type ApiInstance, ApiRefusal, createCallerLimit } from '../../../platform/http/index.ts'
import { findMandateRequestView, type MandateRequestView } from '../queries/mandate-requests.ts'
import { accountOfToken } from './mandate-requests.ts'

type LookUpDeps = { readonly database: Database; readonly clock: Clock }

/** Guessing a token is hopeless; asking for many is refused all the same. */
const PER_MINUTE = 60

const schema = {
  tags: ['Direct Debit'],
  summary: 'Show what a payer is asked to sign, by the token of the request',
  security: [],
  params: Type.Object({ token: Type.String({ description: 'The token of the link.' }) }),
  response: {
    200: Type.Object({
      data: Type.Unknown({ description: 'Who asks whom for a mandate, and for which invoice.' }),
    }),
  },
}

/**
 * `GET /v2/dd/mandate-requests/{token}`: what the page on which a payer signs shows. There is no API key; whoever has
 * the token may see it, until it is used or has expired.
 */
export async function mandateLookUpRoutes(app: ApiInstance, deps: LookUpDeps): Promise<void> {
  const isAllowed = createCallerLimit(PER_MINUTE, deps.clock)
  await app.register(async (own) => {
    own.get('/v2/dd/mandate-requests/:token', { schema }, async (request, reply) => {
      if (!isAllowed(request.ip)) throw tooMany()
      const token: unknown = Object(request.params).token
      const accountId = typeof token === 'string' ? accountOfToken(token) : null
      const tokenHash = sha256Hex(String(token))
      const view =
        accountId === null
          ? null
          : await deps.database.statement((tx) =>
              findMandateRequestView(tx, { accountId, tokenHash }),
            )
      if (view === null || !isOpen(view, deps.clock)) throw ApiRefusal.notFound('mandate request')
      return reply.send({ data: toWire(view) })
    })
  })
}

function isOpen({ status, expiresAt, heldAt }: MandateRequestView, clock: Clock): boolean {
  return status === 'pending_signature' && expiresAt > (heldAt ?? clock.now())
}

function tooMany(): ApiRefusal {
  return new ApiRefusal({
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: 'Too many requests. Wait a minute.',
  })
}

const idOrNull = (kind: 'invoice', id: Uuid | null): string | null =>
  id === null ? null : encodeId(kind, id)

function toWire(view: MandateRequestView) {
  const { customerName, invoiceId, invoiceTotalMinor, invoicePaidMinor } = view
  const [first = '', ...rest] = (customerName ?? '').split(' ')
  const merchant = { id: encodeId('merchant', view.merchantId), slug: slugOf(view.merchantName) }
  return {
    id: encodeId('mandate_request', view.id),
    merchant_id: merchant.id,
    merchant_slug: merchant.slug,
    customer_id: encodeId('customer', view.customerId),
    invoice_id: idOrNull('invoice', invoiceId),
    status: view.status,
    expires_at: formatInstant(view.expiresAt),
    merchant: { ...merchant, name: view.merchantName },
    customer: {
      id: encodeId('customer', view.customerId),
      name: customerName,
      first_name: first,
      last_name: rest.join(' '),
      email: view.customerEmail,
      phone: view.customerPhone,
    },
    invoice:
      invoiceId === null || invoiceTotalMinor === null || invoicePaidMinor === null
        ? null
        : {
            id: encodeId('invoice', invoiceId),
            invoice_number: view.invoiceNumber,
            total: toPounds(invoiceTotalMinor),
            amount_due: toPounds(invoiceTotalMinor - invoicePaidMinor),
            currency: view.invoiceCurrency,
          },
  }
}

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

/** Mandates are for pounds alone: two decimals. */
function toPounds(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
}
