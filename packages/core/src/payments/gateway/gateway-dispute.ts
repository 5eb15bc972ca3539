import type { Uuid } from '../../ids/index.ts'
import type { Instant } from '../../time/index.ts'
import type { DisputeStatus } from './gateway-notice.ts'

/** One document of a merchant's answer to a dispute. */
export type EvidenceFile = {
  readonly name: string
  readonly contentType: 'application/pdf' | 'image/png' | 'image/jpeg' | 'text/plain'
  readonly body: Uint8Array
}

type AboutDispute = {
  readonly accountId: Uuid
  /** The same one for the same answer: sent again, it must count once. */
  readonly idempotencyKey: Uuid
  readonly disputeReference: string
  readonly chargeReference: string
  /** The account's time. Real gateways ignore it; the simulated world lives by it. */
  readonly at: Instant
}

export type EvidenceRequest = AboutDispute & {
  /** What the merchant says; empty when the files speak for themselves. */
  readonly text: string
  readonly files: readonly EvidenceFile[]
  /** Attached by us: what is known of customer, charge, invoice and subscription, by name. */
  readonly facts: Readonly<Record<string, string>>
}

/** For gateways that take facts as text: a line each. */
export function toFactLines({ facts }: Pick<EvidenceRequest, 'facts'>): string[] {
  return Object.entries(facts).map(([name, value]) => `${name}: ${value}`)
}

/** What the merchant says, with the facts below it. */
export function toTextWithFacts(request: Pick<EvidenceRequest, 'text' | 'facts'>): string {
  return [request.text, ...toFactLines(request)].filter((line) => line !== '').join('\n')
}

export type AcceptRequest = AboutDispute

/** What the gateway made of an answer. `unknown`: it may have arrived; it is sent again with the same key. */
export type DisputeAnswer =
  | { readonly kind: 'accepted'; readonly status: DisputeStatus }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string | null }
  | { readonly kind: 'unknown'; readonly cause: string }
