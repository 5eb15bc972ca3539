import { assert } from '@perennial/core/fault'
import type { SalvageAttempt, SalvageSource } from '@perennial/core/recovery'
import type { KeptRow } from '../../../platform/kept/index.ts'

export type SalvageProfileRow = KeptRow<'salvage_profiles'>

export const SOURCES = ['sale', 'subscription_renewal', 'trial'] as const

/** An attempt as it is stored and told. */
export type StoredAttempt = {
  readonly after_days: number
  readonly gateway_choice: SalvageAttempt['gateway']
  readonly amount_percent: number
}

export function toStoredAttempts(stored: unknown): readonly StoredAttempt[] {
  assert(Array.isArray(stored), 'attempts are a list')
  return stored as readonly StoredAttempt[] // written from a checked body and by nobody else
}

export function toSources(stored: unknown): readonly SalvageSource[] {
  assert(Array.isArray(stored), 'sources are a list')
  return SOURCES.filter((source) => stored.includes(source))
}

export function toAttempts(stored: unknown): readonly SalvageAttempt[] {
  return toStoredAttempts(stored).map((one) => ({
    afterDays: one.after_days,
    gateway: one.gateway_choice,
    percent: one.amount_percent,
  }))
}
