import { encodeId, type Uuid } from '@perennial/core/ids'
import { retryDaysOf } from '@perennial/core/dunning'
import { toPolicy, toSalvageChoice, type RecoveryChoice } from '@perennial/core/recovery'
import type { Subscription } from '@perennial/core/subscriptions'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { ApiRefusal, type ApiInstance } from '../../../platform/http/index.ts'
import {
  dunningRulesOf,
  readRecoveryChoice,
  RecoveryChoiceBody,
  RecoveryChoiceItem,
  toWireChoice,
} from '../../../platform/settings/index.ts'
import { idField, nullable, oneOf, wireId } from '../../../platform/wire/index.ts'
import { listCampaignSteps } from '../../dunning/index.ts'
import {
  listNarrowerChoices,
  listSalvagePlans,
  planAnew,
  saveSubscriptionChoice,
} from '../../recovery/index.ts'
import { findSubscription, lockSubscriptions } from '../../subscriptions/index.ts'
import { sourceOf } from '../salvage/wire.ts'

/**
 * Says who chooses when this subscription's failed charges are tried again; null leaves it to product and account. A
 * recovery that is under way goes on by it. Throws an `ApiRefusal` for a subscription that the account does not have.
 */
export async function changeSubscriptionRecovery(
  context: CommandContext,
  request: { readonly subscriptionId: Uuid; readonly choice: RecoveryChoice | null },
): Promise<void> {
  const { accountId, now: at } = context
  const { subscriptionId, choice } = request
  await context.inTx(async (tx) => {
    const [subscription] = await lockSubscriptions(tx, accountId, [subscriptionId])
    if (subscription === undefined) throw ApiRefusal.notFound('subscription')
    await saveSubscriptionChoice(tx, accountId, { subscriptionId, choice, at })
    await planAnew(tx, accountId, { subscriptionIds: [subscriptionId], at })
    await context.remember(tx, 'subscription', subscriptionId)
  })
}

const RecoveryItem = Type.Object(
  {
    object: oneOf(['subscription_recovery'], { description: 'Always "subscription_recovery".' }),
    subscription_id: wireId('subscription', 'The subscription.'),
    choice: RecoveryChoiceItem,
    chosen_by: oneOf(
      ['subscription', 'profile', 'product', 'account', 'campaign', 'salvage_profile'],
      {
        description:
          'Who says so. A dunning campaign that names the days of its retries goes before all but the salvage profile of a subscription profile, that of its renewals.',
      },
    ),
    retry_days: Type.Array(Type.Integer({ description: 'Days after the failed charge.' }), {
      description:
        'The retries, or what the windows of the planner end with. A planner with limits of its own falls back on them.',
    }),
  },
  {
    title: 'SubscriptionRecovery',
    description: 'How failed charges of a subscription are retried.',
  },
)

export const RecoveryField = nullable(RecoveryChoiceBody)
const Answer = Type.Object({ data: RecoveryItem })
const Body = Type.Object({ recovery: RecoveryField })
const params = Type.Object({ id: idField('subscription', 'Id of the subscription.') })
const tags = ['Subscriptions']

/** What a request says of it; undefined when it says nothing. */
export function toRecoveryChange(
  body: Parameters<typeof readRecoveryChoice>[0] | null | undefined,
): RecoveryChoice | null | undefined {
  return body === undefined || body === null ? body : readRecoveryChoice(body, 'recovery')
}

export function addSubscriptionRecoveryRoutes(app: ApiInstance): void {
  app.get(
    '/subscriptions/:id/recovery',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags,
        summary: 'Show how failed charges of a subscription are retried',
        params,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => ({ data: await show(context, id) }),
  )

  app.patch(
    '/subscriptions/:id/recovery',
    {
      config: {
        scope: 'subscriptions:write',
        reload: async (context, { id }) => ({ data: await show(context, id) }),
      },
      schema: {
        tags,
        summary: 'Change how failed charges of a subscription are retried',
        description:
          'null leaves it to the subscription profile, or else to the product, or else to the account.',
        params,
        body: Body,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id: subscriptionId }, body }) => {
      const choice = toRecoveryChange(body.recovery) ?? null
      await changeSubscriptionRecovery(context, { subscriptionId, choice })
      return { data: await show(context, subscriptionId) }
    },
  )
}

async function show(context: CommandContext, id: Uuid) {
  const { accountId, account } = context
  return context.inTx(async (tx) => {
    const subscription = await findSubscription(tx, accountId, id)
    if (subscription === null) throw ApiRefusal.notFound('subscription')
    const { choice, from } = await findHolding(tx, context, subscription)
    return {
      object: 'subscription_recovery' as const,
      subscription_id: encodeId('subscription', id),
      choice: toWireChoice(choice),
      chosen_by: from,
      retry_days: [...toPolicy(choice, dunningRulesOf(account)).retryDays],
    }
  })
}

type Holding = {
  readonly choice: RecoveryChoice
  readonly from: Static<typeof RecoveryItem>['chosen_by']
}

/** What its next renewal would be retried by, or a case that is open is: the order is that of `load-retries.ts`. */
async function findHolding(
  tx: Tx,
  { accountId, account }: CommandContext,
  subscription: Pick<Subscription, 'id' | 'productId'>,
): Promise<Holding> {
  const { id } = subscription
  const [choices, salvages, campaigns] = await Promise.all([
    listNarrowerChoices(tx, accountId, [id]),
    listSalvagePlans(tx, accountId, [id]),
    listCampaignSteps(tx, accountId, [subscription]),
  ])
  const narrower = choices.get(id)
  const salvage = salvages.get(id)
  if (
    narrower?.from !== 'subscription' &&
    salvage?.sources.includes(sourceOf('automatic')) === true
  )
    return { choice: toSalvageChoice(salvage), from: 'salvage_profile' }
  const retryDays = retryDaysOf(campaigns.get(id) ?? [])
  if (retryDays.length > 0) return { choice: { policy: 'fixed', retryDays }, from: 'campaign' }
  return narrower ?? { choice: account.settings.recovery, from: 'account' }
}
