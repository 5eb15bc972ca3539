import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { accountNow } from '../../../../platform/clock/index.ts'
import {
  accepted,
  type Decision,
  refused,
  type Refused,
} from '../../../../platform/command/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import { eachConcurrently } from '../../../../platform/loop/index.ts'
import {
  burnLink,
  type CardUpdateLink,
  type ClientLink,
  createCardUpdateLinks,
  LINK_LIFETIME_MS,
  type LinkRefusal,
  noteReplacement,
  openClientLink,
} from '../../../card-updates/index.ts'
import { backTo } from '../../../card-updates/page/index.ts'
import { askBillsOfCard } from '../../connectors/ask-bills.ts'
import { describeCard } from '../charge-outside.ts'
import type { RecoveryClient } from '../clients/client.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { insertDeliveries } from '../queries/deliveries.ts'
import type { OutsideAttempt } from '../rows.ts'
import type { Progress } from '../progress.ts'
import { runAttempts } from '../run-attempts.ts'
import { clientOf } from '../settle-outside.ts'
import { cardUpdated, toDelivery } from '../webhooks/write-events.ts'
import { clientCardUrl } from './client-card-url.ts'
import { moveRecoveries, type Move, type Moved } from './move-recoveries.ts'

export type OpenLink = { readonly link: ClientLink; readonly client: RecoveryClient }

/** A link that still works, and whose it is. */
export async function openLink(
  deps: Pick<OutsideDeps, 'database' | 'clock'>,
  token: string,
): Promise<Decision<OpenLink, LinkRefusal>> {
  const opened = await openClientLink(deps, token)
  if (opened.kind === 'refused') return opened
  const { accountId, clientId: id } = opened.value
  const key = { accountId, id }
  const client = await deps.database.tx((tx) => clientOf(tx, key), { accountScope: accountId })
  return accepted({ link: opened.value, client })
}

/** `next`: a link of the new card, on which whoever is there goes on and comes back from their bank. */
export type Replacement = Pick<Moved, 'notCharged'> & {
  readonly reached: readonly Progress[]
  readonly next: CardUpdateLink | null
}

/** Whoever gave the card is there, with so many cards given by now; null = a program gave it, and nobody is. */
export type Giver = { readonly tries: number } | null

/**
 * Takes a new card in place of the old one, once. The client is told, and what waits on the old card is tried with the
 * new one at once: how far each of these recoveries came. Bills that live on a platform are asked for first.
 */
export async function replaceCard(
  deps: OutsideDeps,
  token: string,
  given: { readonly newToken: string; readonly giver: Giver },
): Promise<Decision<Replacement, LinkRefusal> | Refused<'token_shape'>> {
  const { newToken } = given
  const opened = await openLink(deps, token)
  if (opened.kind === 'refused') return opened
  const { link, client } = opened.value
  const { accountId, id: clientId } = client
  const found = await deps.gateways.find(accountId, client.gateway)
  if (found === null || !(found.vendor?.isToken(newToken) ?? true)) return refused('token_shape')
  // On the page the card was described where it was given.
  if (given.giver === null) {
    await keepBeside(deps, opened.value, { found, newToken })
    await describe(deps, client, { gatewayId: found.gateway.id, newToken })
  }
  const vendorKind = found.vendor?.kind ?? null
  const bills = await askBillsOfCard(deps, { accountId, clientId, token: link.paymentToken })
  const replaced = await deps.database.tx(
    (tx) => replaceIn(deps, tx, { ...opened.value, ...given, vendorKind, bills }),
    { accountScope: accountId },
  )
  if (replaced === null) return refused('link_used')
  const { attempts, notCharged, next } = replaced
  const { publicUrl } = deps
  const payer =
    next === null
      ? { isPresent: false }
      : { isPresent: true, returnUrl: backTo(clientCardUrl(client, { publicUrl, token: next.token })) } // prettier-ignore
  const at = (attempt: OutsideAttempt) => attempt.createdAt
  const reached: Progress[] = []
  await eachConcurrently(attempts, 4, async (attempt) => {
    reached.push(await runAttempts(deps, attempt, { at, ...payer }))
  })
  return accepted({ reached, notCharged, next })
}

type Found = NonNullable<Awaited<ReturnType<OutsideDeps['gateways']['find']>>>

/** Whoever the biller charges by the old card there is to hold the new one too; without an answer its first charge tells. */
async function keepBeside(
  deps: OutsideDeps,
  { link, client }: OpenLink,
  { found, newToken: token }: { readonly found: Found; readonly newToken: string },
): Promise<void> {
  const { accountId, id: clientId } = client
  const { port, slots } = found
  const at = accountNow(client, deps.clock.now())
  const question = { accountId, token, holderToken: link.paymentToken, at }
  try {
    await slots.run(async () => port.keepBeside?.(question))
  } catch (error) {
    const cause = messageOf(error)
    deps.log.warn({ accountId, clientId, cause }, 'card not kept beside the one before')
  }
}

/** By how its network counts it is decided what moves to it at once. */
async function describe(
  deps: OutsideDeps,
  client: RecoveryClient,
  { gatewayId, newToken: token }: { readonly gatewayId: Uuid; readonly newToken: string },
): Promise<void> {
  const { accountId, id: clientId } = client
  const createdAt = accountNow(client, deps.clock.now())
  await describeCard(deps, { accountId, clientId, gatewayId, token, createdAt })
}

async function replaceIn(
  deps: OutsideDeps,
  tx: Tx,
  given: OpenLink & {
    readonly newToken: string
    readonly giver: Giver
  } & Pick<Move, 'vendorKind' | 'bills'>,
): Promise<(Moved & Pick<Replacement, 'next'>) | null> {
  const { link, client, newToken, giver, vendorKind, bills } = given
  const { accountId, id: clientId } = client
  if (!(await burnLink(tx, { accountId, id: link.id }, deps.clock.now()))) return null
  await noteReplacement(tx, { accountId, id: link.id }, newToken)
  const now = accountNow(client, deps.clock.now())
  const { paymentToken: oldToken, recoveryId: ofLink } = link
  const told = { oldToken, newToken, source: 'update_page', at: now, recoveryId: ofLink } as const
  const body = cardUpdated(told)
  await insertDeliveries(tx, [toDelivery(deps, { client, recoveryId: link.recoveryId, body })])
  const isPresent = giver !== null
  const move = { client, oldToken, newToken, now, isPresent, vendorKind, bills }
  const moved = await moveRecoveries(deps, tx, move)
  if (moved.attempts.length === 0 || giver === null) return { ...moved, next: null }
  const { recoveryId } = link
  const owner = { kind: 'client', clientId, paymentToken: newToken, recoveryId } as const
  const wanted = [{ owner, lifetimeMs: LINK_LIFETIME_MS.present, tries: giver.tries }]
  const [next = null] = await createCardUpdateLinks(tx, deps, { accountId, wanted })
  return { ...moved, next }
}
