import { AsyncLocalStorage } from 'node:async_hooks'
import type { Chance } from './chance.ts'

/**
 * The life of one process that does one piece of work. Everything that the work awaits belongs to it; once it has
 * crashed, nothing of it reaches the database or a gateway any more, however long its timers and lanes go on.
 */
export type Life = {
  readonly chance: Chance
  /** Where it died, or null. */
  diedAt: string | null
  /** How many more places it gets past. */
  placesLeft: number
  /** How often a gateway's answer gets lost. */
  readonly lossProbability: number
  /** Whether any got lost: then "the gateway does not answer" is the truth. */
  hasLost: boolean
}

export type Faults = {
  readonly crashProbability: number
  readonly lossProbability: number
}

export const NO_FAULTS: Faults = { crashProbability: 0, lossProbability: 0 }

/** About as many places as a short, a middling and a long piece of work pass. */
const PLACES = [4, 12, 60] as const

export function beginLife(chance: Chance, faults: Faults): Life {
  const isDoomed = chance.happens(faults.crashProbability)
  return {
    chance,
    diedAt: null,
    placesLeft: isDoomed ? chance.below(chance.pick(PLACES)) : Number.POSITIVE_INFINITY,
    lossProbability: faults.lossProbability,
    hasLost: false,
  }
}

export class Crash extends Error {
  constructor(place: string) {
    super(`the process died ${place}`)
    this.name = 'Crash'
  }
}

const lives = new AsyncLocalStorage<Life>()

export function runInLife<T>(life: Life, work: () => Promise<T>): Promise<T> {
  return lives.run(life, work)
}

export function currentLife(): Life | null {
  return lives.getStore() ?? null
}

/** A place between two steps: a doomed process dies at one of them, and a dead one gets past none. */
export function pass(place: string): void {
  const life = lives.getStore()
  if (life === undefined) return
  if (life.diedAt !== null) throw new Crash(life.diedAt)
  life.placesLeft -= 1
  if (life.placesLeft >= 0) return
  life.diedAt = place
  throw new Crash(place)
}

/** Nothing of a dead process happens; unlike `pass`, this is no place to die at. */
export function stopIfDead(): void {
  const life = lives.getStore()
  if (life !== undefined && life.diedAt !== null) throw new Crash(life.diedAt)
}
