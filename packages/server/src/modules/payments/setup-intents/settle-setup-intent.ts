import { assert } from '@perennial/core/fault'
import { uuidTimeMs, type Uuid } from '@perennial/core/ids'
import {
  type ChargeRequest,
  declinedOutcome,
  type GatewayOutcome,
  type GatewayPort,
  repeatedOutcome,
  type SetupIntent,
  settleSetupIntent as decideSettlement,
  unknownOutcome,
} from '@perennial/core/payments'
import { addMs, type Instant } from '@perennial/core/time'
import type { Clock } from '../../../platform/clock/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { Logger } from '../../../platform/log/index.ts'
import { lockCustomer } from '../../customers/index.ts'
import { askAboutReturn, type ChallengeDeps, chargePresent } from '../challenges/index.ts'
import type { GatewayDirectory } from '../gateways/directory.ts'
import { eachByGateway } from '../gateways/each-by-gateway.ts'
import { unlessFault } from '../gateways/unless-fault.ts'
import { attachLocked } from '../methods/attach-payment-method.ts'
import { keepNetworkTransactions, listTokens } from '../queries/methods.ts'
import { lockMethod } from '../queries/payment-methods.ts'
import {
  claimUnsettledSetups,
  findSetupIntent,
  lockSetupIntent,
  updateSetupIntent,
} from '../queries/setup-intents.ts'
import type { SendSettings } from '../send-attempts.ts'

export type SetupDeps = ChallengeDeps & {
  readonly gateways: GatewayDirectory
  readonly clock: Clock
  readonly log: Logger
  /** Real time for which whoever committed a verification alone may talk to the gateway about it. */
  readonly leaseMs: number
}

/** For many at once. */
export type ManySetupsDeps = SetupDeps & Pick<SendSettings, 'concurrency'>

/** Makes the call of a verification that was committed, and settles its answer; asks again where it got lost. */
export async function verify(
  deps: SetupDeps,
  context: CommandContext,
  given: { readonly intent: SetupIntent; readonly returnUrl: string | null },
): Promise<void> {
  const { intent, returnUrl } = given
  const outcome = await atGateway(deps, context, intent, (port) =>
    charge(deps, port, { ...given, context }),
  )
  await settle(deps, context, { intent, returnUrl, outcome })
  if (outcome.kind === 'unknown') await askAboutSetup(deps, context, intent)
}

/** Asks the gateway what became of a verification, and settles what it tells. */
export async function askAboutSetup(
  deps: SetupDeps,
  context: CommandContext,
  intent: SetupIntent,
): Promise<void> {
  const { verification } = intent
  assert(verification !== null, 'what is asked about has been sent')
  const returnUrl = intent.nextAction?.returnUrl ?? null
  const outcome = await atGateway(deps, context, intent, async (port) => {
    const { accountId, now: at } = context
    const key = { accountId, idempotencyKey: verification.id, at }
    if (!port.abilities.lookUp) {
      const told = await askAboutReturn(deps, port, key)
      // Asked again under the same key, it is the same call.
      return told ?? repeatedOutcome(await charge(deps, port, { context, intent, returnUrl }))
    }
    const found = await port.lookUp(key)
    if (found.kind === 'found') return found.outcome
    const isSurelyAbsent =
      verification.gatewayReference === null &&
      deps.clock.now() - uuidTimeMs(verification.id) >= port.absentAfterMs
    return isSurelyAbsent ? NEVER_SEEN : STILL_UNKNOWN
  })
  await settle(deps, context, { intent, returnUrl, outcome })
}

/** What a gateway tells unasked of a verification; false: nothing waits for that any more. */
export async function hearAboutSetup(
  deps: SetupDeps,
  context: CommandContext,
  told: { readonly id: Uuid; readonly verificationId: Uuid; readonly outcome: GatewayOutcome },
): Promise<boolean> {
  const { id, verificationId, outcome } = told
  const intent = await context.inTx((tx) =>
    findSetupIntent(tx, { accountId: context.accountId, id }),
  )
  const isWaiting = intent?.status === 'requires_action' || intent?.status === 'processing'
  if (!isWaiting || intent.verification?.id !== verificationId) return false
  await settle(deps, context, { intent, returnUrl: null, outcome })
  return true
}

const BATCH = 50

/** Verifications whose answer a crash or a silent gateway kept from us. Returns how many were asked about. */
export async function resolveLostSetups(
  deps: ManySetupsDeps,
  context: CommandContext,
  signal: AbortSignal,
): Promise<number> {
  const realNow = deps.clock.now()
  const leaseUntil = addMs(realNow, deps.leaseMs)
  const claim = { accountId: context.accountId, realNow, leaseUntil, limit: BATCH }
  const lost = await context.inTx((tx) => claimUnsettledSetups(tx, claim))
  const asked = lost.map((intent) => ({ intent, gatewayId: gatewayOf(intent) }))
  await eachByGateway(asked, deps.concurrency, async ({ intent }) => {
    if (!signal.aborted) await askAboutSetup(deps, context, intent)
  })
  return lost.length
}

/** The gateway that verifies; null before any was asked. */
export function gatewayOf({ verification }: SetupIntent): Uuid | null {
  return verification === null ? null : verification.gatewayId
}

const STILL_UNKNOWN = unknownOutcome('not at the gateway yet')

const NEVER_SEEN = declinedOutcome(
  'communication_error',
  'The gateway was not reached. Please try again.',
)

/** A fault of one call leaves the answer unknown, as silence does. */
async function atGateway(
  deps: SetupDeps,
  context: CommandContext,
  intent: SetupIntent,
  call: (port: GatewayPort) => Promise<GatewayOutcome>,
): Promise<GatewayOutcome> {
  assert(intent.verification !== null, 'what is verified names its gateway')
  const { gatewayId } = intent.verification
  const sent = { what: 'verification', setupIntentId: intent.id, gatewayId }
  return unlessFault(deps.log, sent, async () => {
    const { port, slots } = await deps.gateways.portOf(context.accountId, gatewayId)
    return slots.run(() => call(port))
  })
}

async function charge(
  deps: SetupDeps,
  port: GatewayPort,
  given: {
    readonly context: CommandContext
    readonly intent: SetupIntent
    readonly returnUrl: string | null
  },
): Promise<GatewayOutcome> {
  const { context, intent, returnUrl } = given
  const { accountId } = context
  const { verification, paymentMethodId } = intent
  assert(verification !== null && paymentMethodId !== null, 'what is verified is named')
  const tokens = await context.inTx((tx) => listTokens(tx, accountId, [paymentMethodId]))
  const token = tokens.find(({ gatewayId }) => gatewayId === verification.gatewayId)
  assert(token !== undefined, 'a verification was planned along a token that exists')
  const request: ChargeRequest = {
    accountId,
    idempotencyKey: verification.id,
    token: token.token,
    paymentMethodId,
    networkTransactionId: token.networkTransactionId,
    initiation: intent.usage === 'off_session' ? 'first' : 'present',
    amountMinor: verification.heldMinor,
    currency: context.account.currency,
    capture: false,
    ...(returnUrl === null ? {} : { returnUrl }),
    at: intent.confirmedAt ?? context.now,
  }
  const { gatewayId } = verification
  const subject = { kind: 'setup_intent', id: intent.id } as const
  return chargePresent(deps, { port, gatewayId }, { request, subject })
}

type Answered = {
  readonly intent: SetupIntent
  readonly returnUrl: string | null
  readonly outcome: GatewayOutcome
}

async function settle(deps: SetupDeps, context: CommandContext, answered: Answered): Promise<void> {
  const leaseUntil = addMs(deps.clock.now(), deps.leaseMs)
  await context.inTx((tx) => write(tx, context, { ...answered, leaseUntil }))
  if (answered.outcome.kind === 'succeeded') await release(deps, context, answered)
}

async function write(
  tx: Tx,
  context: CommandContext,
  answered: Answered & { readonly leaseUntil: Instant },
): Promise<void> {
  const { accountId, now } = context
  const key = { accountId, id: answered.intent.id }
  const seen = await findSetupIntent(tx, key)
  assert(seen !== null && seen.customerId !== null, 'what was confirmed has a customer')
  const customer = await lockCustomer(tx, { accountId, id: seen.customerId })
  const current = await lockSetupIntent(tx, key)
  // Another verification may have begun since; its answer is another one.
  if (current === null || current.verification?.id !== answered.intent.verification?.id) return
  const settled = decideSettlement(current, withReturn(answered), now)
  if (settled === null) return
  if (settled.status !== 'succeeded') {
    const leaseUntil = settled.status === 'processing' ? answered.leaseUntil : null
    return updateSetupIntent(tx, accountId, settled, leaseUntil)
  }
  const isSaved = customer !== null && (await saveMethod(tx, context, settled))
  await updateSetupIntent(tx, accountId, isSaved ? settled : { ...settled, ...UNSAVED })
  const { outcome } = answered
  const { paymentMethodId, verification } = settled
  const networkTransactionId = outcome.kind === 'succeeded' ? outcome.networkTransactionId : null
  if (networkTransactionId === null || paymentMethodId === null || verification === null) return
  const { gatewayId } = verification
  await keepNetworkTransactions(tx, accountId, [
    { paymentMethodId, gatewayId, networkTransactionId },
  ])
}

const UNSAVED = {
  status: 'requires_payment_method',
  lastError: {
    code: 'setup_failed',
    message: 'The payment method went to another customer meanwhile, or the customer was deleted.',
    declineCode: null,
  },
} as const

function withReturn({ outcome, returnUrl }: Answered): GatewayOutcome {
  if (outcome.kind !== 'needs_action' || returnUrl === null) return outcome
  return { ...outcome, nextAction: { ...outcome.nextAction, returnUrl } }
}

/** Gives a verified method to its customer, whose lock is held. False when it is another one's by now. */
export async function saveMethod(
  tx: Tx,
  context: CommandContext,
  { paymentMethodId, customerId }: SetupIntent,
): Promise<boolean> {
  assert(paymentMethodId !== null && customerId !== null, 'what was confirmed has its method')
  const current = await lockMethod(tx, { accountId: context.accountId, id: paymentMethodId })
  assert(current !== null, 'a method is never deleted')
  if (current.status !== 'inactive') return current.customerId === customerId
  await attachLocked(tx, context, { current, customerId })
  return true
}

/** What was held for a moment is let go at once; a gateway that does not answer lets it go by itself in some days. */
async function release(
  deps: SetupDeps,
  context: CommandContext,
  { intent, outcome }: Answered,
): Promise<void> {
  const { verification } = intent
  if (verification === null || verification.heldMinor === 0n || outcome.gatewayReference === null)
    return
  const { accountId, now: at } = context
  const { id: idempotencyKey, gatewayId } = verification
  const { gatewayReference } = outcome
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const voided = await port
    .void({ accountId, idempotencyKey, gatewayReference, at })
    .catch(() => null)
  if (voided?.kind === 'voided' || voided?.kind === 'pending') return
  deps.log.error(
    { setupIntentId: intent.id, gatewayId, gatewayReference },
    'a verification could not be released',
  )
}

/** The intent as it stands, after asking its gateway where the customer may have acted, or where an answer got lost. */
export async function refreshSetupIntent(
  deps: SetupDeps,
  context: CommandContext,
  id: Uuid,
): Promise<SetupIntent | null> {
  const find = () => context.inTx((tx) => findSetupIntent(tx, { accountId: context.accountId, id }))
  const intent = await find()
  if (intent === null) return null
  if (intent.status !== 'requires_action' && intent.status !== 'processing') return intent
  if (intent.status === 'processing' && !(await isAnswerLost(deps, context, id))) return intent
  await askAboutSetup(deps, context, intent)
  return find()
}

/** Takes a verification over from whoever is at it, once its lease has run out. */
async function isAnswerLost(deps: SetupDeps, context: CommandContext, id: Uuid): Promise<boolean> {
  const realNow = deps.clock.now()
  const leaseUntil = addMs(realNow, deps.leaseMs)
  const claim = { accountId: context.accountId, realNow, leaseUntil, limit: 1, id }
  const claimed = await context.inTx((tx) => claimUnsettledSetups(tx, claim))
  return claimed.length > 0
}
