import { finishHash, mixWord } from './hash.ts'

/**
 * What a draw is for. Each purpose has its own number, so that two draws about one thing are
 * independent.
 */
export const purpose = {
  gatewayError: 1,
  timeout: 2,
  timeoutCharged: 3,
  latency: 4,
  authentication: 5,
  fraud: 6,
  limit: 7,
  spellBegins: 8,
  spellHours: 9,
  spellRefuses: 10,
  advice: 11,
  issuer: 20,
  runsShort: 21,
  bin: 22,
  digits: 23,
  expiry: 24,
  closing: 25,
  losing: 26,
  stolen: 27,
  updater: 28,
  lasts: 30,
  topUp: 31,
  topUpHours: 32,
  answersMail: 40,
  answersAfter: 41,
} as const

export type Purpose = (typeof purpose)[keyof typeof purpose]

/** A number strictly between 0 and 1, evenly spread. */
export function drawUnit(hash: number, about: Purpose): number {
  return toUnit(mixWord(hash, about))
}

/** The same for a hash that nothing else is drawn from. */
export function toUnit(hash: number): number {
  return (finishHash(hash) + 0.5) / 0x1_0000_0000
}

/** Standard normal, by the method of Box and Muller. */
export function drawNormal(hash: number, about: Purpose): number {
  const mixed = mixWord(hash, about)
  const radius = toUnit(mixWord(mixed, 1))
  const angle = toUnit(mixWord(mixed, 2))
  return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle)
}

export function drawLognormal(
  hash: number,
  about: Purpose,
  { median, sigma }: { readonly median: number; readonly sigma: number },
): number {
  return sigma === 0 ? median : median * Math.exp(sigma * drawNormal(hash, about))
}
