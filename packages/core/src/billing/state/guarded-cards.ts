import type { Uuid } from '../../ids/index.ts'
import type { GuardedCard } from '../../recovery/index.ts'

/** The cards that may be charged, as their networks know them, by payment method. What is absent is not asked about. */
export type GuardedCards = ReadonlyMap<Uuid, GuardedCard>
