import Type from 'typebox'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
} from '../../platform/http/index.ts'
import { changeKept, createKept, readKept, type Kept, listKept } from '../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import { taxErrors } from './errors.ts'
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
import type { TaxRateRow } from './stored-rate.ts'

const Answer = Type.Object({ data: TaxRateItem })
const tags = ['Tax rates']
const read = { scope: 'tax_rates:read' } as const
const write = { scope: 'tax_rates:write' } as const

const taxRates: Kept<'tax_rates'> = { table: 'tax_rates', kind: 'tax_rate', toWire: toWireTaxRate }

export const taxRatesRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('tax_rate', async (context, id) => {
    const row = await readKept(context, taxRates, id)
    return row === null ? null : { data: toWireTaxRate(row) }
  })
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/tax-rates',
    {
      config: read,
      schema: {
        tags,
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

  app.get(
    '/tax-rates/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'Show a tax rate',
        params: TaxRateParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const row = await readKept(context, taxRates, params.id)
      if (row === null) throw ApiRefusal.notFound('tax rate')
      return { data: toWireTaxRate(row) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/tax-rates',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a tax rate',
        body: TaxRateCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const made = await createKept(context, taxRates, toNewTaxRate(body))
      return reply.code(201).send({ data: toWireTaxRate(acceptedOr(made, taxErrors)) })
    },
  )

  app.patch(
    '/tax-rates/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a tax rate',
        description: 'Percentage, inclusive and tax_type never change: make another rate.',
        params: TaxRateParams,
        body: TaxRateUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = (before: TaxRateRow) => toTaxRateChange(before, body)
      const changed = await changeKept(context, taxRates, { id, change })
      return { data: toWireTaxRate(acceptedOr(changed, taxErrors)) }
    },
  )

  app.delete(
    '/tax-rates/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Archive a tax rate',
        description: 'No bill bears it any more; it stays readable.',
        params: TaxRateParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => {
      const change = () => ({ status: 'archived' as const })
      const changed = await changeKept(context, taxRates, { id, change })
      return { data: toWireTaxRate(acceptedOr(changed, taxErrors)) }
    },
  )
}
