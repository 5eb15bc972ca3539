import { decodeId, encodeId, type Uuid } from '@perennial/core/ids'
import type { AccountRow } from '../../../server/src/modules/accounts/index.ts'
import {
  loadScope,
  resolveAttempt,
  resolveErrors,
  type BillingDeps,
} from '../../../server/src/modules/billing/index.ts'
import { findAttempt } from '../../../server/src/modules/payments/index.ts'
import { toOperatorContext } from '../../../server/src/operator-context.ts'
import { systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import type { Database } from '../../../server/src/platform/db/index.ts'
import { chooseAccounts } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { withProgress } from '../terminal/progress.ts'
import { withBilling } from '../with-billing.ts'

export type ResolveWish = {
  readonly id: string
  /** `succeeded` or `declined`, as typed. */
  readonly as: string
  readonly note: string
  readonly gatewayTransactionId: string | null
  readonly isJson: boolean
}

const NOTE_MAX = 500

/** A person says what became of a charge that its gateway never told about: `POST /v2/payment-attempts/{id}/resolve` by hand. */
export async function resolveAttemptByHand(env: Environment, wish: ResolveWish): Promise<void> {
  const { as, note } = wish
  if (as !== 'succeeded' && as !== 'declined')
    throw new CommandError(`--as ${as} is neither succeeded nor declined`)
  if (note.trim() === '' || note.length > NOTE_MAX)
    throw new CommandError(`--note says where you have seen it, in at most ${NOTE_MAX} characters`)
  const id = attemptId(wish.id)
  const config = loadConfig(env)
  const gatewayReference = wish.gatewayTransactionId
  const state = await withProgress('resolving the attempt', () =>
    withDatabase(config, async ({ database }, log) => {
      const account = await accountOf(database, id, wish.id)
      return withBilling(config, { database, log }, (billing) =>
        resolve(billing, account, { id, as, note, gatewayReference }),
      )
    }),
  )
  const attempt = encodeId('payment_attempt', id)
  const told = wish.isJson
    ? JSON.stringify({ id: attempt, state }, null, 2)
    : `${attempt} counts as ${state}. The note is kept with it.`
  process.stdout.write(`${told}\n`)
}

/** The state that the attempt has come to. */
async function resolve(
  billing: BillingDeps,
  account: AccountRow,
  request: Parameters<typeof resolveAttempt>[2],
): Promise<string> {
  const { clockHeldAt } = await loadScope(billing, account.id)
  const now = clockHeldAt ?? systemClock().now()
  const context = toOperatorContext(billing, { account, now })
  const decision = await resolveAttempt(billing, context, request)
  if (decision.kind === 'refused') throw new CommandError(resolveErrors[decision.code].message)
  const attempt = await context.inTx((tx) => findAttempt(tx, account.id, request.id))
  return attempt?.state ?? request.as
}

async function accountOf(database: Database, id: Uuid, text: string): Promise<AccountRow> {
  for (const account of await chooseAccounts(database, null)) {
    const found = await database.tx((tx) => findAttempt(tx, account.id, id))
    if (found !== null) return account
  }
  throw new CommandError(`no account has a payment attempt ${text}`)
}

function attemptId(text: string): Uuid {
  const decoded = decodeId('payment_attempt', text)
  if (decoded.kind === 'ok') return decoded.id
  throw new CommandError(
    `"${text}" is no payment attempt: they look like payatt_01h455vb4pex5vsknk084sn02q`,
  )
}
