import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { memberOf } from './api-client.ts'

const AUDIT_PAGE = 1000

/** Charges of one account that the card world has seen, oldest first, as they stand at that time. */
export async function readAudit(
  worldUrl: string,
  of: { readonly accountId: Uuid; readonly at: Instant },
): Promise<readonly unknown[]> {
  const headers = {
    'x-perennial-account': of.accountId,
    'x-perennial-now': formatInstant(of.at),
  }
  const found: unknown[] = []
  let after = 0
  for (;;) {
    const path = `/audit?limit=${AUDIT_PAGE}&after=${after}`
    const page: unknown = await (await fetch(`${worldUrl}${path}`, { headers })).json()
    const rows = memberOf(page, 'data')
    assert(Array.isArray(rows), 'the audit lists charges')
    found.push(...rows)
    if (memberOf(page, 'has_more') !== true) return found
    after = Number(memberOf(page, 'next_after'))
  }
}

/** Which of its charges the card networks' rules forbade, as the card world's referee counts them: `2027-03-01 visa category 1: 41`. */
export async function readBrokenRules(worldUrl: string, accountId: Uuid): Promise<string[]> {
  const headers = { 'x-perennial-account': accountId }
  const answer: unknown = await (await fetch(`${worldUrl}/audit/broken-rules`, { headers })).json()
  const rows = memberOf(answer, 'data')
  assert(Array.isArray(rows), 'the audit lists broken rules')
  return rows.map(
    (row) => `${String(memberOf(row, 'time')).slice(0, 10)} ${String(memberOf(row, 'rule'))}`,
  )
}
