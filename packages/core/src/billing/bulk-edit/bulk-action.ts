import type { Uuid } from '../../ids/index.ts'
import type { Instant } from '../../time/index.ts'

/** One thing that a bulk edit does to every subscription of a segment (spec/revcent.md 13.4). */
export type BulkAction =
  | { readonly kind: 'extend_next_renewal'; readonly days: number }
  | { readonly kind: 'shorten_next_renewal'; readonly days: number }
  | { readonly kind: 'set_next_renewal'; readonly at: Instant }
  /** The date as it was before another edit, and what later ones are counted from. */
  | {
      readonly kind: 'restore_next_renewal'
      readonly at: Instant
      readonly anchorAt: Instant
      readonly anchorDay: number | null
      readonly anchorCycle: number
    }
  | { readonly kind: 'set_subscription_profile'; readonly profileId: Uuid }
  | { readonly kind: 'set_amount'; readonly amountMinor: bigint }
  /** Below zero is less. */
  | { readonly kind: 'adjust_amount'; readonly byMinor: bigint }
  /** In hundredths of a percent: -1000 is a tenth less. */
  | { readonly kind: 'scale_amount'; readonly byBps: number }
  | { readonly kind: 'add_discount'; readonly discountId: Uuid }
  | { readonly kind: 'remove_discount'; readonly discountId: Uuid }
  /** As they were before another edit. */
  | { readonly kind: 'set_discounts'; readonly discountIds: readonly Uuid[] }
  | { readonly kind: 'set_forced_gateway'; readonly gatewayId: Uuid | null }
  | { readonly kind: 'set_preferred_gateway'; readonly gatewayId: Uuid | null }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'activate' }
  | { readonly kind: 'cancel'; readonly reason: string | null }

/** What an action is about: a segment has one of each at most, but any number about discounts. */
export type BulkSubject =
  | 'profile'
  | 'amount'
  | 'discount'
  | 'forced_gateway'
  | 'preferred_gateway'
  | 'date'
  | 'status'

export const SUBJECT_OF = {
  set_subscription_profile: 'profile',
  set_amount: 'amount',
  adjust_amount: 'amount',
  scale_amount: 'amount',
  add_discount: 'discount',
  remove_discount: 'discount',
  set_discounts: 'discount',
  set_forced_gateway: 'forced_gateway',
  set_preferred_gateway: 'preferred_gateway',
  extend_next_renewal: 'date',
  shorten_next_renewal: 'date',
  set_next_renewal: 'date',
  restore_next_renewal: 'date',
  suspend: 'status',
  activate: 'status',
  cancel: 'status',
} as const satisfies Record<BulkAction['kind'], BulkSubject>

/** The action of the list that is about this, which a segment has one of at most. */
export function actionOf<Subject extends Exclude<BulkSubject, 'discount'>>(
  actions: readonly BulkAction[],
  subject: Subject,
): ActionOn<Subject> | undefined {
  return actions.find((action): action is ActionOn<Subject> => SUBJECT_OF[action.kind] === subject)
}

type ActionOn<Subject extends BulkSubject> = Extract<BulkAction, { readonly kind: KindOn<Subject> }>
type KindOn<Subject extends BulkSubject> = {
  [Kind in BulkAction['kind']]: (typeof SUBJECT_OF)[Kind] extends Subject ? Kind : never
}[BulkAction['kind']]
