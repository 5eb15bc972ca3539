/** 32-bit FNV-1a over a text, mixed once more so that near texts lie far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return (value ^ (value >>> 16)) >>> 0
}

/** A number in [0, 1) that a text always draws again: every demo tells the same story. */
export function draw(about: string): number {
  return hash(about) / 2 ** 32
}

export function drawInteger(
  about: string,
  range: { readonly from: number; readonly to: number },
): number {
  return range.from + Math.floor(draw(about) * (range.to - range.from + 1))
}

/** One of the choices, each as often as its weight says. */
export function drawWeighted<T>(
  about: string,
  choices: readonly (readonly [weight: number, choice: T])[],
): T | null {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0)
  let left = draw(about) * total
  for (const [weight, choice] of choices) {
    left -= weight
    if (left < 0) return choice
  }
  return choices.at(-1)?.[1] ?? null
}

export function drawOne<T>(about: string, choices: readonly T[]): T | null {
  return choices[Math.floor(draw(about) * choices.length)] ?? null
}
