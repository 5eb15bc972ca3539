import { randomBytes } from 'node:crypto'
import { assert } from '@perennial/core/fault'
import { parseCurrency } from '@perennial/core/money'
import { UTC } from '@perennial/core/time'
import {
  createAccount,
  type CreatedAccount,
} from '../../packages/server/src/modules/accounts/index.ts'
import { systemClock } from '../../packages/server/src/platform/clock/index.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import { createIds, type Ids } from '../../packages/server/src/platform/ids/index.ts'

/** The one merchant of a benchmark's database. */
export async function createBenchAccount(
  url: string,
): Promise<{ readonly account: CreatedAccount; readonly ids: Ids }> {
  const database = createDatabase({ url, applicationName: 'bench-seed' })
  const clock = systemClock()
  const ids = createIds({ clock, random: randomBytes })
  const currency = parseCurrency('USD')
  assert(currency !== null, 'USD is a currency')
  try {
    const decision = await createAccount(
      { database, clock, ids },
      {
        name: 'Bench',
        ownerEmail: 'bench@example.com',
        ownerPassword: null,
        timezone: UTC,
        currency,
      },
    )
    assert(decision.kind === 'accepted', 'the database is new')
    return { account: decision.value, ids }
  } finally {
    await database.close()
  }
}
