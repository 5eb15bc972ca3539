import { sql, type RawBuilder } from 'kysely'
import type { VerifyScope } from '../check.ts'

/** The condition that keeps a query to the account of the run, if it has one. */
export function ofAccount(scope: VerifyScope, alias: string): RawBuilder<boolean> {
  if (scope.accountId === null) return sql<boolean>`true`
  return sql<boolean>`${sql.ref(`${alias}.account_id`)} = ${scope.accountId}`
}
