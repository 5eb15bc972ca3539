import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  unknownOutcome,
  type GatewayPort,
  type Refund,
  type RefundOutcome,
} from '@perennial/core/payments'
import { addMs, type Instant } from '@perennial/core/time'
import { eachByGateway } from '../gateways/each-by-gateway.ts'
import { unlessFault } from '../gateways/unless-fault.ts'
import { mayStillArrive } from '../may-still-arrive.ts'
import { claimRefundResend } from '../queries/refunds.ts'
import type { SendSettings } from '../send-attempts.ts'

/** A refund with what its gateway said, or did not say. */
export type RefundAnswer = { readonly refund: Refund; readonly outcome: RefundOutcome }

type Given = { readonly accountId: Uuid; readonly at: Instant }

/**
 * Asks gateways for refunds that were committed as `processing`, outside any transaction. Silence and the fault of one
 * are the outcome `unknown`; one whose lease would run out before an answer is sure is left to the next.
 */
export async function sendRefunds(
  settings: SendSettings,
  given: Given,
  refunds: readonly Refund[],
): Promise<RefundAnswer[]> {
  return askEach(settings, { ...given, refunds }, async (refund, port) => {
    const lastMoment = Math.max(settings.leaseMs - port.callMsMax, settings.leaseMs / 2)
    if (settings.clock.now() > (refund.sentAt ?? 0) + lastMoment) return null
    return port.refund(requestOf(given, refund))
  })
}

/** One and the same refund is sent this often at most; then it counts as failed, and may be asked for anew. */
const SENDS_MAX = 2

/**
 * Asks what became of refunds. One that its gateway has never seen did not happen: it is sent again under the same
 * key, so that it can give the money back only once.
 */
export async function lookUpRefunds(
  settings: SendSettings,
  given: Given,
  refunds: readonly Refund[],
): Promise<RefundAnswer[]> {
  return askEach(settings, { ...given, refunds }, async (refund, port) => {
    if (isRepeatable(refund, port, settings.clock.now()))
      return port.refund(requestOf(given, refund))
    // It tells by itself, when it does.
    if (!port.abilities.lookUp) return unknownOutcome('this gateway cannot be asked about a refund')
    const key = keyOf(given, refund)
    const found = await port.lookUpRefund(key)
    if (found.kind === 'found') return found.outcome
    // It has named this refund before, so it did happen: its silence now proves nothing.
    if (refund.gatewayReference !== null)
      return unknownOutcome('the gateway has forgotten the refund')
    const { sentAt } = refund
    if (sentAt !== null && mayStillArrive(settings, port, sentAt))
      return unknownOutcome('not there yet')
    const realNow = settings.clock.now()
    const leaseUntil = addMs(realNow, settings.leaseMs)
    const { id } = refund
    const claim = { ...given, id, sendsMax: SENDS_MAX, realNow, leaseUntil }
    const claimed = await settings.database.tx((tx) => claimRefundResend(tx, claim))
    if (claimed.kind === 'answered') return unknownOutcome('answered meanwhile')
    if (claimed.kind === 'worn_out') {
      const { lastSentAt } = claimed
      // Somebody else has sent it again and waits for the answer, until their lease runs out.
      if (lastSentAt !== null && realNow - lastSentAt < settings.leaseMs)
        return unknownOutcome('being sent')
      return lastSentAt !== null && mayStillArrive(settings, port, lastSentAt)
        ? unknownOutcome('not there yet')
        : NEVER_SEEN
    }
    const outcome = await port.refund(requestOf(given, refund))
    if (outcome.kind !== 'unknown') return outcome
    const again = await port.lookUpRefund(key)
    if (again.kind === 'found') return again.outcome
    return mayStillArrive(settings, port, realNow) ? unknownOutcome('not there yet') : NEVER_SEEN
  })
}

/** Without a look-up, a gateway tells what became of a refund when it is sent the same one again under its key. */
function isRepeatable(refund: Refund, port: GatewayPort, realNow: Instant): boolean {
  const { gatewayReference, sentAt } = refund
  if (port.abilities.lookUp || gatewayReference !== null || sentAt === null) return false
  return realNow - sentAt < (port.repeatableMs ?? 0)
}

function keyOf({ accountId, at }: Given, refund: Refund) {
  const { id, chargeReference } = refund
  assert(chargeReference !== null, 'a refund names the charge that it takes back from')
  return { accountId, idempotencyKey: id, at, gatewayReference: chargeReference }
}

function requestOf(given: Given, refund: Refund) {
  const { amountMinor, currency, chargedMinor, reason } = refund
  return { ...keyOf(given, refund), amountMinor, currency, chargedMinor, reason }
}

async function askEach(
  settings: SendSettings,
  { accountId, refunds }: { readonly accountId: Uuid; readonly refunds: readonly Refund[] },
  call: (refund: Refund, port: GatewayPort) => Promise<RefundOutcome | null>,
): Promise<RefundAnswer[]> {
  const answers: RefundAnswer[] = []
  await eachByGateway(refunds, settings.concurrency, async (refund) => {
    const { id: refundId, gatewayId } = refund
    const sent = { what: 'refund', refundId, gatewayId }
    const outcome = await unlessFault(settings.log, sent, async () => {
      assert(refund.gatewayId !== null, 'what came by hand goes back by hand')
      const { port, slots } = await settings.gateways.portOf(accountId, refund.gatewayId)
      return slots.run(() => call(refund, port))
    })
    if (outcome !== null) answers.push({ refund, outcome })
  })
  return answers
}

const NEVER_SEEN: RefundOutcome = {
  kind: 'failed',
  gatewayReference: null,
  failure: {
    code: 'communication_error',
    message: 'The refund did not reach the gateway. Ask for it again.',
  },
}
