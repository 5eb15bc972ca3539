import { toWireMinor } from '@perennial/core/money'
import {
  compareInstants,
  parsePlainDate,
  startOfDay,
  type Instant,
  type TimeZone,
} from '@perennial/core/time'
import { readMonth, type OutsideDeps } from '../../modules/recovery/index.ts'
import type { ApiInstance } from '../../platform/http/index.ts'
import { toFilterDate } from '../../platform/wire/index.ts'
import { secretClient } from './authenticate-client.ts'
import { FaceRefusal } from './face-refusal.ts'

/** What recovery has brought a client in one month of its time zone. */
export function addReportRoutes(app: ApiInstance, deps: OutsideDeps): void {
  app.get('/api/reports/monthly', { schema: { hide: true } }, async (request) => {
    const client = await secretClient(deps, request)
    const month: unknown = Reflect.get(Object(request.query), 'month')
    const span = spanOf(month, client.timezone)
    if (span === null) throw FaceRefusal.invalid('month', 'must be a month such as 2027-01')
    const { accountId, id: clientId } = client
    const counts = await readMonth(deps, { accountId, clientId, ...span })
    return {
      month,
      byCount: counts.map((row) => ({
        currency: row.currency,
        ...ratesOf({ organic: row.organic, opened: row.opened, recovered: row.recovered }),
        blocked: row.blocked,
      })),
      byAmount: counts.map((row) => ({
        currency: row.currency,
        ...ratesOf({
          organic: toWireMinor(row.organic_minor),
          opened: toWireMinor(row.opened_minor),
          recovered: toWireMinor(row.recovered_minor),
        }),
        blocked: toWireMinor(row.blocked_minor),
      })),
    }
  })
}

function spanOf(
  month: unknown,
  zone: TimeZone,
): { readonly from: Instant; readonly until: Instant } | null {
  const first = typeof month === 'string' ? parsePlainDate(`${month}-01`) : null
  if (first === null) return null
  const year = first.month === 12 ? first.year + 1 : first.year
  const next = { year, month: (first.month % 12) + 1, day: 1 }
  const span = {
    from: startOfDay(toFilterDate(first), zone),
    until: startOfDay(toFilterDate(next), zone),
  }
  // A month in which nothing can lie has no length.
  return compareInstants(span.from, span.until) < 0 ? span : null
}

/** Without organic payments there is nothing to measure against: null, never 100 %. */
function ratesOf(of: {
  readonly organic: number
  readonly opened: number
  readonly recovered: number
}) {
  const { organic, opened, recovered } = of
  const all = organic + opened
  const over = (part: number, whole: number) => (whole === 0 ? null : rounded(part / whole))
  const hasBaseline = organic > 0
  return {
    organic,
    failed: opened,
    recovered,
    baseline: hasBaseline ? over(organic, all) : null,
    withRecovery: hasBaseline ? over(organic + recovered, all) : null,
    liftPoints: hasBaseline ? over(recovered, all) : null,
    relativeLift: hasBaseline ? over(recovered, organic) : null,
    recoveryRate: over(recovered, opened),
  }
}

const PLACES = 10_000

function rounded(share: number): number {
  return Math.round(share * PLACES) / PLACES
}
