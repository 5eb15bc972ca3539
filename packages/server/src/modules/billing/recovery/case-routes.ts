import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  ApiRefusal,
  acceptedOr,
  type ApiInstance,
  type ApiModule,
} from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import {
  findCase,
  listCaseAttempts,
  listCasePage,
  listDecisions,
  listGatewayCodes,
} from '../../recovery/index.ts'
import { recoveryPolicyOf, type BillingDeps } from '../scope.ts'
import { caseErrors } from './case-errors.ts'
import { CaseAnswer, CaseItem, CaseListQuery, CaseParams } from './case-schemas.ts'
import { toWireCase, toWireDetails } from './case-wire.ts'
import { cancelCase, retryCase } from './retry-case.ts'
import { addSubscriptionRecoveryRoutes } from './subscription-choice.ts'

const tags = ['Recovery']
const READ = { scope: 'recovery:read' } as const
const WRITE = { scope: 'recovery:write' } as const

/** The recoveries of our own subscriptions' bills: what happens, why, and what a person may do about it. */
export function recoveryCasesRoutes(deps: BillingDeps): ApiModule {
  return (app, { loaders }) => {
    loaders.register('recovery_case', answerWith)
    addReads(app)
    addSubscriptionRecoveryRoutes(app)
    addMoves(app, deps)
  }
}

async function answerWith(context: CommandContext, id: Uuid) {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const open = await findCase(tx, accountId, id)
    if (open === null) throw ApiRefusal.notFound('recovery case')
    const [decisions, attempts, gatewayCodes] = await Promise.all([
      listDecisions(tx, accountId, id),
      listCaseAttempts(tx, accountId, open.invoiceId),
      listGatewayCodes(tx, accountId),
    ])
    const account = recoveryPolicyOf(context.account)
    return { data: toWireDetails({ open, account, decisions, attempts, gatewayCodes }) }
  })
}

function addReads(app: ApiInstance): void {
  app.get(
    '/recovery/cases',
    {
      config: READ,
      schema: {
        tags,
        summary: 'List recovery cases',
        querystring: CaseListQuery,
        response: { 200: cursorListOf(CaseItem, 'Cases, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        state: query.state ?? null,
        customerId: query.customer_id ?? null,
        subscriptionId: query.subscription_id ?? null,
      }
      const request = toPageRequest(query)
      const page = await context.inTx((tx) => listCasePage(tx, context.accountId, filter, request))
      const account = recoveryPolicyOf(context.account)
      return toCursorList({
        page,
        url: '/v2/recovery/cases',
        toItem: (open) => toWireCase(open, account),
      })
    },
  )

  app.get(
    '/recovery/cases/:id',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Show a recovery case, with what happened and why',
        params: CaseParams,
        response: { 200: CaseAnswer },
      },
    },
    async ({ context, params }) => answerWith(context, params.id),
  )
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/recovery/cases/:id/retry',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Try to collect now',
        description:
          'Besides the schedule, which stays as it is. Refused where the card networks allow no try now; error.details.allowed_at tells from when they do.',
        params: CaseParams,
        response: { 200: CaseAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      acceptedOr(await retryCase(deps, context, id), caseErrors)
      return answerWith(context, id)
    },
  )

  app.post(
    '/recovery/cases/:id/cancel',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Give a case up',
        description: 'Its subscription ends as it would after the last retry.',
        params: CaseParams,
        response: { 200: CaseAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      acceptedOr(await cancelCase(deps, context, id), caseErrors)
      return answerWith(context, id)
    },
  )
}
