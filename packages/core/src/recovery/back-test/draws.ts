/** Numbers from 0 to 1. */
export type Draw = () => number

/** A plain generator (mulberry32): the same seed, the same numbers. */
export function createDraw(seed: number): Draw {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** From a gamma distribution of scale 1, for a shape of at least 1 (Marsaglia and Tsang, 2000). */
export function drawGamma(draw: Draw, shape: number): number {
  const base = shape - 1 / 3
  const spread = 1 / Math.sqrt(9 * base)
  for (;;) {
    const normal = drawNormal(draw)
    const cube = (1 + spread * normal) ** 3
    if (cube <= 0) continue
    const accepts = 0.5 * normal ** 2 + base * (1 - cube + Math.log(cube))
    if (Math.log(1 - draw()) < accepts) return base * cube
  }
}

/** Box and Muller. */
function drawNormal(draw: Draw): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())
}
