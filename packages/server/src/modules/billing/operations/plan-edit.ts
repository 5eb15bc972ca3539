import { encodeId, type Uuid } from '@perennial/core/ids'
import {
  editSubscription,
  type Subscription,
  type SubscriptionEdit,
} from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  addProfile,
  archiveLocked,
  checkFields,
  findProfile,
  lockProfile,
  type ProfileFields,
  type SubscriptionProfile,
} from '../../subscription-profiles/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { chooseProfile } from '../subscriptions/choose-profile.ts'
import { planExtras, type ExtrasWish } from '../extras/plan-extras.ts'
import type { BillingDeps } from '../scope.ts'
import { followsAnother, type OperationRefusal, type PlanOperation } from './operation.ts'
import { changeOperation } from './plan-moves.ts'

export type EditWish = {
  readonly edit: Omit<SubscriptionEdit, 'profile'>
  /** The profile to follow, or one to be made for this subscription alone. */
  readonly profile:
    | { readonly kind: 'shared'; readonly id: Uuid }
    | { readonly kind: 'custom'; readonly change: Partial<ProfileFields> }
    | null
  /** Absent = its bills carry what they do. */
  readonly extras?: ExtrasWish
}

/**
 * Edits fields and, where asked, what decides the renewals. A custom profile is like the one that it takes the place of, but
 * for what is given; a custom one that is replaced is archived, because nobody else can follow it (spec/revcent.md 5.1).
 */
export function planEdit(
  deps: BillingDeps,
  context: CommandContext,
  { id, wish }: { readonly id: Uuid; readonly wish: EditWish },
): PlanOperation {
  return async (tx) => {
    const chosen = await chooseFor(tx, context, { id, wish })
    if (chosen.kind === 'refused') return chosen
    const { profile, custom, discarded, isFor } = chosen.value
    const edit = profile === null ? wish.edit : { ...wish.edit, profile }
    const extras =
      wish.extras === undefined ? null : await planExtras(tx, context, { id, wish: wish.extras })
    if (extras?.kind === 'refused') return extras
    const operation = changeOperation(
      deps,
      context,
      {
        decide: (subscription, at, state) =>
          editSubscription(state, { ...edit, ...extras?.value(subscription) }, at),
        event: 'updated',
      },
      discarded === null ? [] : ['custom_profile_discarded'],
    )
    return accepted({
      decide: (state) =>
        isFor !== null && followsAnother(state, isFor)
          ? refused('profile_changed_meanwhile')
          : operation.decide(state),
      write: async (writing) => {
        if (discarded !== null) await archiveLocked({ tx: writing, context }, discarded)
        if (custom !== null) await addProfile({ tx: writing, context }, custom)
      },
    })
  }
}

type CustomProfile = {
  readonly id: Uuid
  readonly fields: ProfileFields
  readonly subscriptionId: Uuid
}

type Chosen = {
  readonly profile: Pick<
    SubscriptionProfile,
    'id' | 'frequency' | 'occurrences' | 'overdueLimit' | 'retriesFailed'
  > | null
  /** To be written. */
  readonly custom: CustomProfile | null
  /** To be archived. */
  readonly discarded: SubscriptionProfile | null
  /** The subscription as it was when this was chosen; null = whatever it follows. */
  readonly isFor: Subscription | null
}

async function chooseFor(
  tx: Tx,
  context: CommandContext,
  { id, wish }: { readonly id: Uuid; readonly wish: EditWish },
): Promise<Decision<Chosen, OperationRefusal>> {
  if (wish.profile === null)
    return accepted({ profile: null, custom: null, discarded: null, isFor: null })
  const { accountId } = context
  const subscription = await findSubscription(tx, accountId, id)
  if (subscription === null) return refused('subscription_not_found')
  const currentId = subscription.profile?.profileId ?? null
  const current = currentId === null ? null : await findProfile(tx, { accountId, id: currentId })
  const isCustom = current !== null && current.subscriptionId === id
  const discarded = isCustom ? await lockProfile(tx, { accountId, id: current.id }) : null
  if (wish.profile.kind === 'shared') {
    const chosen = await chooseProfile(tx, context, wish.profile.id)
    return chosen.kind === 'refused'
      ? chosen
      : accepted({ profile: chosen.value, custom: null, discarded, isFor: subscription })
  }
  const { frequency } = subscription.schedule
  const fields = {
    ...fieldsOf(current, frequency),
    ...wish.profile.change,
    name: `Custom for ${encodeId('subscription', id)}`,
    isEnabled: true,
  }
  const checked = await checkFields({ tx, context }, fields)
  if (checked.kind === 'refused') return checked
  const custom = { id: context.ids.next(), fields, subscriptionId: id }
  const profile = { ...fields, id: custom.id }
  return accepted({ profile, custom, discarded, isFor: subscription })
}

/** What a custom profile is like where nothing is said. */
function fieldsOf(
  current: SubscriptionProfile | null,
  frequency: ProfileFields['frequency'],
): ProfileFields {
  if (current === null)
    return {
      name: '',
      description: null,
      isEnabled: true,
      frequency,
      occurrences: null,
      overdueLimit: 0,
      retriesFailed: true,
      paymentProfileId: null,
      prefersLastSuccessGateway: false,
      shippingProfileId: null,
      salvageProfileId: null,
      recovery: null,
    }
  const { occurrences, overdueLimit, retriesFailed, paymentProfileId } = current
  const { prefersLastSuccessGateway, shippingProfileId, description } = current
  const { recovery, salvageProfileId } = current
  const limits = { occurrences, overdueLimit, retriesFailed }
  const routing = { paymentProfileId, prefersLastSuccessGateway }
  return {
    name: '',
    description,
    recovery,
    salvageProfileId,
    shippingProfileId,
    isEnabled: true,
    frequency: current.frequency,
    ...limits,
    ...routing,
  }
}
