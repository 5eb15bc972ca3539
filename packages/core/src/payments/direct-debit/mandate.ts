import type { Uuid } from '../../ids/index.ts'
import type { Instant } from '../../time/index.ts'

export type MandateStatus = 'pending_lodgement' | 'active' | 'suspended' | 'cancelled' | 'failed'

/** A payer's permission to debit an account by Bacs (spec/revkeen.md 2.14). What it may show of the account is masked. */
export type Mandate = {
  readonly id: Uuid
  readonly version: number
  readonly ref: string
  /** The bureau's name for it. */
  readonly bureauReference: string | null
  readonly customerId: Uuid
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly status: MandateStatus
  readonly accountHolderName: string
  readonly sortCodeLast2: string
  readonly accountNumberLast4: string
  readonly bankName: string | null
  readonly statementName: string | null
  readonly noticeDays: number
  readonly backupPaymentMethodId: Uuid | null
  readonly failureReason: string | null
  readonly mandateRequestId: Uuid | null
  readonly invoiceId: Uuid | null
  /** When the bureau is asked what became of the instruction; null unless it is pending. */
  readonly checkAt: Instant | null
  readonly activatedAt: Instant | null
  readonly suspendedAt: Instant | null
  readonly cancelledAt: Instant | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

export type MandateMove =
  | { readonly kind: 'activate' }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'suspend' }
  /** Another instruction was lodged: it is not in force before the bureau has taken that one too. */
  | { readonly kind: 'reinstate'; readonly bureauReference: string; readonly checkAt: Instant }
  | { readonly kind: 'cancel'; readonly reason: string | null }

const ALLOWED_FROM: Readonly<Record<MandateMove['kind'], readonly MandateStatus[]>> = {
  activate: ['pending_lodgement'],
  reject: ['pending_lodgement'],
  suspend: ['active'],
  reinstate: ['suspended'],
  cancel: ['pending_lodgement', 'active', 'suspended'],
}

/** Null: the mandate does not allow this in its status. */
export function moveMandate(mandate: Mandate, move: MandateMove, at: Instant): Mandate | null {
  if (!ALLOWED_FROM[move.kind].includes(mandate.status)) return null
  const base = { ...mandate, version: mandate.version + 1, checkAt: null, updatedAt: at }
  switch (move.kind) {
    case 'activate':
      return { ...base, status: 'active', activatedAt: at, suspendedAt: null, failureReason: null }
    case 'reject':
      return { ...base, status: 'failed', failureReason: move.reason }
    case 'suspend':
      return { ...base, status: 'suspended', suspendedAt: at }
    case 'reinstate': {
      const { bureauReference, checkAt } = move
      return { ...base, status: 'pending_lodgement', bureauReference, checkAt }
    }
    case 'cancel':
      return { ...base, status: 'cancelled', cancelledAt: at, failureReason: move.reason }
  }
}
