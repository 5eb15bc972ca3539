import type { Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  acceptedOr,
  type ApiInstance,
  ApiRefusal,
  type MadeObject,
} from '../../../platform/http/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { toProfileChange } from '../../subscription-profiles/index.ts'
import { SubscriptionParams } from '../subscriptions/request-schemas.ts'
import type { BillingDeps } from '../scope.ts'
import { findSubscriptionView } from '../subscriptions/subscription-view.ts'
import { instantOf } from '../subscriptions/to-create-request.ts'
import { operationErrors } from './errors.ts'
import {
  CancelNowBody,
  EditBody,
  MoveBody,
  OperationAnswer,
  ReplaceBody,
  type EditRequest,
} from './operation-schemas.ts'
import { settleWireOperation, toWireOperation, type WireOperation } from './operation-wire.ts'
import type { PlanOperation } from './operation.ts'
import { planEdit, type EditWish } from './plan-edit.ts'
import { planActivate, planCancel, planRenew, planSuspend } from './plan-moves.ts'
import { planReplacement } from './plan-replacement.ts'
import { runOperation, type OperationResult } from './run-operation.ts'

const tags = ['Subscriptions']
const config = { scope: 'subscriptions:write', reload: retellOperation } as const
const response = { 200: OperationAnswer }
const params = SubscriptionParams

type Asked = {
  readonly id: Uuid
  readonly operation: Parameters<typeof toWireOperation>[1]['operation']
  readonly preview: boolean | undefined
}

export async function operate(
  deps: BillingDeps,
  context: CommandContext,
  { id, operation, preview = false }: Asked,
  plan: PlanOperation,
) {
  const toNote = (result: OperationResult) =>
    toWireOperation(context, { operation, isPreview: preview, result, settled: null })
  const decision = await runOperation(deps, context, { id, isPreview: preview, toNote }, plan)
  const result = acceptedOr(decision, operationErrors)
  const { accountId } = context
  const settled = preview
    ? null
    : await context.inTx((tx) => findSubscriptionView(tx, accountId, id))
  return { data: toWireOperation(context, { operation, isPreview: preview, result, settled }) }
}

/** An operation as it was decided, and its subscription as it stands now. */
export async function retellOperation(context: CommandContext, { id, note }: MadeObject) {
  const { accountId } = context
  const settled = await context.inTx((tx) => findSubscriptionView(tx, accountId, id))
  if (note === null || settled === null) return null
  return { data: settleWireOperation(context, note as WireOperation, settled) }
}

/** What a merchant does to one subscription, each with a preview. */
export function addOperationRoutes(app: ApiInstance, deps: BillingDeps): void {
  addMoves(app, deps)
  addCancel(app, deps)
  addChanges(app, deps)
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  const moves = {
    renew: { plan: planRenew, summary: 'Renew a subscription now' },
    suspend: {
      plan: planSuspend,
      summary: 'Suspend a subscription: no renewals, dates stand still',
    },
    activate: { plan: planActivate, summary: 'Let a suspended subscription renew again' },
  } as const
  for (const operation of ['renew', 'suspend', 'activate'] as const) {
    const { plan, summary } = moves[operation]
    app.post(
      `/subscriptions/:id/${operation}`,
      { config, schema: { tags, summary, params, response, body: Type.Optional(MoveBody) } },
      async ({ context, params: { id }, body }) =>
        operate(deps, context, { id, operation, preview: body?.preview }, plan(deps, context)),
    )
  }
}

function addCancel(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/subscriptions/:id/cancel-now',
    {
      config,
      schema: {
        tags,
        summary: 'Cancel a subscription now and for good',
        params,
        response,
        body: Type.Optional(CancelNowBody),
      },
    },
    async ({ context, params: { id }, body }) => {
      const plan = planCancel(deps, context, body?.reason ?? null)
      return operate(deps, context, { id, operation: 'cancel', preview: body?.preview }, plan)
    },
  )
}

function addChanges(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/subscriptions/:id/edit',
    {
      config,
      schema: {
        tags,
        summary: 'Edit what a subscription costs, when it renews and by which profile',
        params,
        response,
        body: EditBody,
      },
    },
    async ({ context, params: { id }, body }) => {
      const plan = planEdit(deps, context, { id, wish: toEditWish(context, body) })
      return operate(deps, context, { id, operation: 'edit', preview: body.preview }, plan)
    },
  )

  app.post(
    '/subscriptions/:id/replace-product',
    {
      config,
      schema: {
        tags,
        summary: 'Let another product take over',
        description:
          'A new subscription goes on at the date that is set, and this one ends. Nothing is charged or prorated.',
        params,
        response,
        body: ReplaceBody,
      },
    },
    async ({ context, params: { id }, body }) => {
      const wish = {
        productId: body.product_id,
        priceId: body.price_id ?? null,
        quantity: body.quantity ?? 1n,
        unitAmountMinor: body.unit_amount_minor ?? null,
        transfersDiscounts: body.transfer_discounts ?? false,
      }
      const plan = planReplacement(deps, context, { id, wish })
      return operate(
        deps,
        context,
        { id, operation: 'replace_product', preview: body.preview },
        plan,
      )
    },
  )
}

function toEditWish(context: CommandContext, body: EditRequest): EditWish {
  const { amount_minor: amountMinor, unit_amount_minor: unitAmountMinor } = body
  if (amountMinor !== undefined && unitAmountMinor !== undefined)
    throw ApiRefusal.invalid('unit_amount_minor', 'Give it or amount_minor, not both.')
  if (body.subscription_profile_id !== undefined && body.custom_profile !== undefined)
    throw ApiRefusal.invalid('custom_profile', 'Give it or subscription_profile_id, not both.')
  const nextBillingAt = instantOf(context, 'next_renewal_at', body.next_renewal_at)
  return {
    edit: {
      ...given('amountMinor', amountMinor),
      ...given('unitAmountMinor', unitAmountMinor),
      ...given('quantity', body.quantity),
      ...given('nextBillingAt', nextBillingAt),
      ...given('shipTo', body.ship_to),
      ...given('metadata', body.metadata),
    },
    profile: profileWishOf(body),
    ...given('extras', extrasWishOf(body)),
  }
}

function extrasWishOf(body: EditRequest): EditWish['extras'] {
  const { add_discounts: added, remove_discounts: removed, tax_rate_ids: taxRateIds } = body
  if (added === undefined && removed === undefined && taxRateIds === undefined) return undefined
  return {
    addDiscountIds: added ?? [],
    removeDiscountIds: removed ?? [],
    ...given('taxRateIds', taxRateIds),
  }
}

function profileWishOf(body: EditRequest): EditWish['profile'] {
  const { subscription_profile_id: id, custom_profile: custom } = body
  if (id !== undefined) return { kind: 'shared', id }
  return custom === undefined ? null : { kind: 'custom', change: toProfileChange(custom) }
}
