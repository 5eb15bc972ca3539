import { assert } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import { moveOutside } from '@perennial/core/recovery'
import { formatInstant } from '@perennial/core/time'
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
  type ClientLink,
  type LinkRefusal,
  openClientLink,
} from '../../../card-updates/index.ts'
import type { RecoveryClient } from '../clients/client.ts'
import { loadView } from '../load-view.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { insertDeliveries } from '../queries/deliveries.ts'
import { lockWaitingOn } from '../queries/recoveries.ts'
import { toRecovery, type OutsideAttempt } from '../rows.ts'
import { type Progress, runAttempts } from '../run-attempts.ts'
import { clientOf, writeSteps, type DecidedStep } from '../settle-outside.ts'
import { toDelivery } from '../webhooks/write-events.ts'

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

/**
 * Takes a new card in place of the old one, once. The client is told, and what waits on the old card is tried with the
 * new one at once: how far each of these recoveries came.
 */
export async function replaceCard(
  deps: OutsideDeps,
  token: string,
  newToken: string,
): Promise<Decision<readonly Progress[], LinkRefusal> | Refused<'token_shape'>> {
  const opened = await openLink(deps, token)
  if (opened.kind === 'refused') return opened
  const { client } = opened.value
  const found = await deps.gateways.find(client.accountId, client.gateway)
  if (found === null || !(found.vendor?.isToken(newToken) ?? true)) return refused('token_shape')
  const given = { ...opened.value, newToken }
  const attempts = await deps.database.tx((tx) => replaceIn(deps, tx, given), {
    accountScope: client.accountId,
  })
  if (attempts === null) return refused('link_used')
  const at = (attempt: OutsideAttempt) => attempt.createdAt
  const reached: Progress[] = []
  await eachConcurrently(attempts, 4, async (attempt) => {
    reached.push(await runAttempts(deps, attempt, { at, isPresent: false }))
  })
  return accepted(reached)
}

async function replaceIn(
  deps: OutsideDeps,
  tx: Tx,
  given: OpenLink & { readonly newToken: string },
): Promise<readonly OutsideAttempt[] | null> {
  const { link, client, newToken } = given
  const { accountId, id: clientId } = client
  if (!(await burnLink(tx, { accountId, id: link.id }, deps.clock.now()))) return null
  const now = accountNow(client, deps.clock.now())
  const body = {
    event: 'card.updated',
    oldPaymentMethodToken: link.paymentToken,
    newPaymentMethodToken: newToken,
    source: 'update_page',
    updatedAt: formatInstant(now),
    revtainTransactionId:
      link.recoveryId === null ? null : encodeId('recovery_case', link.recoveryId),
  }
  await insertDeliveries(tx, [toDelivery(deps, { client, recoveryId: link.recoveryId, body })])
  const rows = await lockWaitingOn(tx, { accountId, clientId, token: link.paymentToken })
  const decided: DecidedStep[] = []
  for (const row of rows) {
    const { gateway_id: gatewayId } = row
    assert(gatewayId !== null, 'what waits has a gateway')
    const of = { client, gatewayId, tokens: [newToken], bin: null, now }
    const step = moveOutside(toRecovery(row), newToken, await loadView(deps, tx, of))
    decided.push({ row, client, gatewayId, step })
  }
  return writeSteps(deps, tx, decided)
}
