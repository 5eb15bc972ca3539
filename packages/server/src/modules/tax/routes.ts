import type { ApiModule } from '../../platform/http/index.ts'
import {
  addArchiveRoute,
  addKeptRoutes,
  type KeptResource,
  listKept,
} from '../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import {
  TaxRateCreateBody,
  TaxRateItem,
  TaxRateListQuery,
  TaxRateParams,
  TaxRateUpdateBody,
  toNewTaxRate,
  toTaxRateChange,
  toWireTaxRate,
} from './schemas.ts'

const taxRates = {
  kept: { table: 'tax_rates', kind: 'tax_rate', toWire: toWireTaxRate },
  path: '/tax-rates',
  name: 'tax rate',
  tag: 'Tax rates',
  read: { scope: 'tax_rates:read' },
  write: { scope: 'tax_rates:write' },
  errors: {},
  params: TaxRateParams,
  item: TaxRateItem,
  toItem: toWireTaxRate,
  create: { body: TaxRateCreateBody, toFields: toNewTaxRate },
  change: {
    body: TaxRateUpdateBody,
    description: 'Percentage, inclusive and tax_type never change: make another rate.',
    toFields: toTaxRateChange,
  },
} satisfies KeptResource<'tax_rates', never, typeof TaxRateCreateBody, typeof TaxRateUpdateBody>

export const taxRatesRoutes: ApiModule = (app, deps) => {
  app.get(
    taxRates.path,
    {
      config: taxRates.read,
      schema: {
        tags: [taxRates.tag],
        summary: 'List tax rates',
        querystring: TaxRateListQuery,
        response: {
          200: cursorListOf(TaxRateItem, 'Tax rates that are not archived, newest first.'),
        },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const both = ['active', 'inactive'] as const
      const statuses = query.active === undefined ? both : [both[query.active ? 0 : 1]]
      const page = await context.inTx((tx) =>
        listKept(tx, { table: 'tax_rates', accountId, statuses, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/tax-rates', toItem: toWireTaxRate })
    },
  )
  addKeptRoutes(app, deps, taxRates)
  addArchiveRoute(app, taxRates, 'No bill bears it any more; it stays readable.')
}
