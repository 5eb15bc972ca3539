import { encodeId, type Uuid } from '@perennial/core/ids'
import {
  bacsDayAt,
  bankOf,
  checkBankAccount,
  type Mandate,
  NOTICE_DAYS,
  planCollection,
} from '@perennial/core/payments'
import { formatInstant, formatPlainDate } from '@perennial/core/time'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, ApiRefusal, acceptedOr, noted } from '../../../platform/http/index.ts'
import { plainListOf, toOffsetList, toPageRequest } from '../../../platform/lists/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { findMandate, listMandates } from '../queries/mandates.ts'
import { cancelMandate } from './cancel-mandate.ts'
import { createMandate, type MandateDeps } from './create-mandate.ts'
import { mandateErrors } from './errors.ts'
import { requestMandate } from './mandate-requests.ts'
import { moveMandate, type ReinstateRefusal, reinstateMandate } from './move-mandate.ts'
import { scheduleCollection } from './schedule-collection.ts'
import {
  BankAccountAnswer,
  BankAccountBody,
  CollectionAnswer,
  CollectionBody,
  MandateAction,
  MandateActionBody,
  MandateCreateBody,
  MandateItem,
  MandateListQuery,
  MandateParams,
  MandateRow,
  PreviewAnswer,
  PreviewBody,
  readDate,
  RequestAnswer,
  RequestBody,
} from './schemas.ts'
import { toWireCollection, toWireMandate, toWireMandateRow, toWireRequest } from './wire.ts'

const tags = ['Direct Debit']
const One = Type.Object({ data: MandateItem })
const VALID_DAYS = 14

export function addMandateRoutes(app: ApiInstance, deps: MandateDeps): void {
  addReads(app)
  addWrites(app, deps)
  addMoves(app, deps)
  addCollections(app)
  addAdvice(app)
}

export async function answerWithMandate(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const mandate = await context.inTx((tx) => findMandate(tx, { accountId, id }))
  if (mandate === null) throw ApiRefusal.notFound('mandate')
  return { data: toWireMandate(mandate) }
}

function addReads(app: ApiInstance): void {
  app.get(
    '/mandates',
    {
      config: { scope: 'mandates:read' },
      schema: {
        tags,
        summary: 'List mandates',
        querystring: MandateListQuery,
        response: {
          200: plainListOf(MandateRow, 'Mandates, newest first.'),
        },
      },
    },
    async ({ context, query }) => {
      const request = toPageRequest(query)
      const filter = { customerId: query.customerId ?? null, status: query.status ?? null }
      const page = await context.inTx((tx) =>
        listMandates(tx, context.accountId, { ...filter, page: request }),
      )
      return toOffsetList({ page, request, toItem: toWireMandateRow })
    },
  )

  app.get(
    '/mandates/:id',
    {
      config: { scope: 'mandates:read' },
      schema: { tags, summary: 'Show a mandate', params: MandateParams, response: { 200: One } },
    },
    async ({ context, params: { id } }) => answerWithMandate(context, id),
  )
}

function addWrites(app: ApiInstance, deps: MandateDeps): void {
  app.post(
    '/mandates',
    {
      config: { scope: 'mandates:write' },
      schema: {
        tags,
        summary: "Lodge a payer's instruction with the bureau",
        description:
          'Needs an Idempotency-Key. It can be debited once the bureau has told that it is in force.',
        body: MandateCreateBody,
        response: { 201: One },
      },
    },
    async ({ context, body }, reply) => {
      const { acceptedAt, payerAddress, declarations, guaranteeVersion } = body.acceptance
      const accepted = { acceptedAt: formatInstant(acceptedAt), guaranteeVersion }
      const decision = await createMandate(deps, context, {
        customerId: body.customerId,
        accountHolderName: body.accountHolderName,
        sortCode: body.sortCode,
        accountNumber: body.accountNumber,
        backupPaymentMethodId: body.backupPaymentMethodId ?? null,
        requestToken: body.requestToken ?? null,
        acceptance: { ...accepted, payerAddress, declarations },
      })
      const mandate = acceptedOr(decision, mandateErrors)
      return reply.code(201).send({ data: toWireMandate(mandate) })
    },
  )

  app.post(
    '/dd/mandate-requests',
    {
      config: { scope: 'mandates:write', shownOnce: ['token'], reload: noted },
      schema: {
        tags,
        summary: 'Invite a customer to sign a mandate',
        body: RequestBody,
        response: { 201: RequestAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await requestMandate(context, {
        customerId: body.customerId,
        invoiceId: body.invoiceId ?? null,
        validDays: body.validDays ?? VALID_DAYS,
      })
      const { row, token } = acceptedOr(decision, mandateErrors)
      return reply.code(201).send({ data: { ...toWireRequest(row), token } })
    },
  )
}

function addMoves(app: ApiInstance, deps: MandateDeps): void {
  const summaries = {
    cancel: 'Cancel a mandate for good',
    suspend: 'Suspend a mandate: nothing is debited meanwhile',
    reinstate: 'Lodge a suspended mandate again',
  } as const
  for (const name of ['cancel', 'suspend', 'reinstate'] as const) {
    app.post(
      `/mandates/:id/${name}`,
      {
        config: { scope: 'mandates:write' },
        schema: {
          tags,
          summary: summaries[name],
          params: MandateParams,
          body: Type.Optional(MandateActionBody),
          response: { 200: MandateAction },
        },
      },
      async ({ context, params: { id }, body }) => {
        const moves = {
          cancel: () => cancelMandate(deps, context, { id, reason: body?.reason ?? null }),
          // Nothing is debited meanwhile; no bureau lets an instruction rest.
          suspend: () => moveMandate(context, { id, move: { kind: 'suspend' } }),
          reinstate: () => reinstateMandate(deps, context, id),
        }
        const mandate = acceptedOr<Mandate, ReinstateRefusal>(await moves[name](), mandateErrors)
        return {
          data: {
            id: encodeId('mandate', mandate.id),
            status: mandate.status,
            mandate_reference: mandate.bureauReference,
          },
        }
      },
    )
  }
}

function addCollections(app: ApiInstance): void {
  app.post(
    '/mandates/:id/collections',
    {
      config: { scope: 'mandates:write', reload: noted, successStatus: 201 },
      schema: {
        tags,
        summary: 'Schedule a debit of an invoice',
        description: 'Nothing is paid by it. Asking again for the same invoice answers 200.',
        params: MandateParams,
        body: CollectionBody,
        response: { 200: CollectionAnswer, 201: CollectionAnswer },
      },
    },
    async ({ context, params: { id }, body }, reply) => {
      const decision = await scheduleCollection(context, {
        mandateId: id,
        amountMinor: body.amountMinor,
        currency: body.currency,
        sourceType: body.sourceType,
        sourceId: body.sourceId,
        wantedOn: readDate(body.requestedCollectionDate),
      })
      const { row, isRepeat } = acceptedOr(decision, mandateErrors)
      const answer = { data: toWireCollection(row, isRepeat) }
      return reply.code(isRepeat ? 200 : 201).send(answer)
    },
  )
}

function addAdvice(app: ApiInstance): void {
  app.post(
    '/dd/validate',
    {
      config: { scope: 'mandates:read' },
      schema: {
        tags,
        summary: 'Tell whether an account has the form of one',
        body: BankAccountBody,
        response: { 200: BankAccountAnswer },
      },
    },
    async ({ body }) => {
      const { sortCode, problems } = checkBankAccount(body)
      const valid = problems.length === 0
      const bank_name = valid ? bankOf(sortCode) : null
      return { valid, bank_name, dd_enabled: valid, ...(valid ? {} : { errors: [...problems] }) }
    },
  )

  app.post(
    '/dd/preview',
    {
      config: { scope: 'mandates:read' },
      schema: {
        tags,
        summary: 'Tell the dates of a debit',
        body: PreviewBody,
        response: { 200: PreviewAnswer },
      },
    },
    async ({ context, body }) => {
      const subscriptionId = body.subscriptionId ?? null
      const { accountId, now } = context
      const subscription =
        subscriptionId === null
          ? null
          : await context.inTx((tx) => findSubscription(tx, accountId, subscriptionId))
      if (subscription === null && subscriptionId !== null)
        throw ApiRefusal.notFound('subscription', 'subscriptionId')
      const nextAt = subscription?.nextDueAt ?? null
      const wantedOn =
        readDate(body.requestedCollectionDate) ?? (nextAt === null ? null : bacsDayAt(nextAt))
      const dates = planCollection(bacsDayAt(now), wantedOn)
      const isForeign = subscription !== null && subscription.currency !== 'GBP'
      const reason = isForeign ? 'currency_not_gbp' : dates.ineligibleReason
      return {
        notice_date: formatPlainDate(dates.noticeOn),
        submission_date: formatPlainDate(dates.submissionOn),
        collection_date: formatPlainDate(dates.collectionOn),
        settlement_date: formatPlainDate(dates.settlementOn),
        eligible: reason === null,
        ineligible_reason: reason,
        notice_days: NOTICE_DAYS,
      }
    },
  )
}
