import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { OutsideDeps } from './outside-deps.ts'
import { countMonth, listPastDue, type MonthCounts, type PastDue } from './queries/reports.ts'

export type { PastDue }

/** What one payer owes a client, by currency. */
export async function readPastDue(
  { database }: Pick<OutsideDeps, 'database'>,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly customerEmail: string },
): Promise<readonly PastDue[]> {
  return database.tx((tx) => listPastDue(tx, of), { accountScope: of.accountId })
}

export async function readMonth(
  { database }: Pick<OutsideDeps, 'database'>,
  of: {
    readonly accountId: Uuid
    readonly clientId: Uuid
    readonly from: Instant
    readonly until: Instant
  },
): Promise<readonly MonthCounts[]> {
  return database.tx((tx) => countMonth(tx, of), { accountScope: of.accountId })
}
