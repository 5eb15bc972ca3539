import { decodeId, encodeId } from '@perennial/core/ids'
import {
  findAccount,
  listAccounts,
  type AccountRow,
} from '../../server/src/modules/accounts/index.ts'
import type { Database } from '../../server/src/platform/db/index.ts'
import { CommandError } from './command-error.ts'

const ACCOUNTS_MAX = 100_000

/** The accounts that a command is about: the one that `--account` names by its id, or else all. */
export async function chooseAccounts(
  database: Database,
  named: string | null,
): Promise<readonly AccountRow[]> {
  if (named === null) return listAccounts(database.kysely, ACCOUNTS_MAX)
  return [await findNamedAccount(database, named)]
}

/** Throws a `CommandError` where there is no such account. */
export async function findNamedAccount(database: Database, named: string): Promise<AccountRow> {
  const decoded = decodeId('account', named)
  if (decoded.kind !== 'ok')
    throw new CommandError(
      `--account ${named} is no account id: they look like acct_01h455vb4pex5vsknk084sn02q`,
    )
  const found = await findAccount(database.kysely, decoded.id)
  if (found === null)
    throw new CommandError(`there is no account ${named}: bin/perennial accounts list tells them`)
  return found
}

/** An account as it is called in sentences: its name, its environment and its id. */
export function titleOf({ name, environment, id }: AccountRow): string {
  return `${name}, ${environment} (${encodeId('account', id)})`
}
