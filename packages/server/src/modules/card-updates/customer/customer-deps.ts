import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import type { SetupDeps } from '../../payments/setup-intents/index.ts'

/**
 * What became of a bill: `settled` = nothing is owed any more; `processing` = it was charged, and nobody knows the end yet;
 * `busy` = another charge of it is under way, and this card was not charged; `forbidden` = the networks want it tried later;
 * `failed` = there was no gateway to charge at.
 */
export type BillOutcome =
  | { readonly kind: 'settled' }
  | { readonly kind: 'processing' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'declined'; readonly code: string }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed' }

export type CustomerCardDeps = SetupDeps & {
  readonly database: Database
  readonly publicUrl: string
  /** A command's context for somebody without an API key, whose link names the account. */
  readonly openContext: (accountId: Uuid) => Promise<CommandContext>
  /** Charges all that is owed of a bill, within the networks' rules. */
  readonly payBill: (
    context: CommandContext,
    bill: { readonly invoiceId: Uuid; readonly paymentMethodId: Uuid },
  ) => Promise<BillOutcome>
}
