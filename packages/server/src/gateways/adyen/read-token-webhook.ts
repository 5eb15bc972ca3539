import { hmacValidator } from '@adyen/api-library'
import type {
  CardDetails,
  GatewayNotice,
  MethodChange,
  WebhookReading,
  WebhookRequest,
} from '@perennial/core/payments'
import { parseInstant } from '@perennial/core/time'
import { parseJson, readText } from '../../platform/foreign/index.ts'
import type { AdyenApi } from './adyen-api.ts'
import { describeCard } from './keep-card.ts'
import { formatAdyenToken } from './token.ts'

const FAMILY = 'recurring.token.'
/** In lower case, as headers come; the signature is of the whole body. */
const SIGNATURE = 'hmacsignature'

/**
 * "Tokenization webhooks" of the vendor: what became of a stored card. They name the card and say no more, so that what is
 * stored is asked for. Null: another kind of message. Throws when the gateway does not answer, which makes it send again.
 */
export async function readTokenWebhook(
  api: AdyenApi,
  request: WebhookRequest,
): Promise<WebhookReading | null> {
  const event = parseJson(request.body)
  const type = readText(event, 'type')
  if (type?.startsWith(FAMILY) !== true) return null
  if (!isSigned(api, request)) return { kind: 'refused', reason: 'signature' }
  const eventId = readText(event, 'eventId')
  const storedPaymentMethodId = readText(event, 'data', 'storedPaymentMethodId')
  const shopperReference = readText(event, 'data', 'shopperReference')
  const merchantAccount = readText(event, 'data', 'merchantAccount')
  if (eventId === null || storedPaymentMethodId === null || shopperReference === null)
    return { kind: 'refused', reason: 'malformed' }
  const told = {
    id: `${type}:${eventId}:${storedPaymentMethodId}`,
    at: parseInstant(readText(event, 'createdAt') ?? '') ?? request.receivedAt,
  }
  if (merchantAccount !== api.merchantAccount)
    return { kind: 'notices', notices: [{ ...told, kind: 'other', type }] }
  const token = formatAdyenToken({ merchantAccount, storedPaymentMethodId, shopperReference })
  const method = await changeOf(api, type, token)
  const notice: GatewayNotice =
    method === null ? { ...told, kind: 'other', type } : { ...told, kind: 'method', method }
  return { kind: 'notices', notices: [notice] }
}

function isSigned({ hmacKeys }: AdyenApi, { headers, body }: WebhookRequest): boolean {
  const signature = headers[SIGNATURE]
  if (signature === undefined) return false
  const text = new TextDecoder().decode(body)
  return hmacKeys.some((key) => new hmacValidator().validateHMACSignature(key, signature, text))
}

/** What is told of a token that has gone since is that it has gone, whichever comes first. */
async function changeOf(api: AdyenApi, type: string, token: string): Promise<MethodChange | null> {
  switch (type) {
    case `${FAMILY}updated`: {
      const card = await describeCard(api, token)
      return card === null ? dropped(token) : updated(token, card)
    }
    case `${FAMILY}disabled`:
      return dropped(token)
    default:
      // A token that is new, or was there already, changes no method of ours.
      return null
  }
}

function updated(token: string, { last4, expMonth, expYear }: CardDetails): MethodChange {
  return { token, change: 'updated', newToken: null, last4, expMonth, expYear }
}

function dropped(token: string): MethodChange {
  const nothing = { newToken: null, last4: null, expMonth: null, expYear: null }
  return { ...nothing, token, change: 'dropped' }
}
