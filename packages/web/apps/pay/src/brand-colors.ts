type Rgb = readonly [red: number, green: number, blue: number]

/** What the style sheet paints with; every pair is readable whatever colour the merchant chose. */
export type BrandColors = {
  readonly fill: string
  /** Text on `fill`: at least 4.5 to 1, because black or white always is. */
  readonly onFill: string
  /** Lines and links on a light and on a dark page: at least 4.5 to 1 against it. */
  readonly lineOnLight: string
  readonly lineOnDark: string
}

const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]
/** Of the backgrounds in style.css that lines and links stand on, the ones that are hardest to be read on. */
export const PAGE = { light: '#eef1f5', dark: '#20242b' } as const
const NEUTRAL = '#334155'
const READABLE = 4.5
const STEPS = 20

export function brandColors(given: string | null): BrandColors {
  const brand = parseHex(given) ?? parseHex(NEUTRAL) ?? BLACK
  const isLight = contrast(brand, BLACK) > contrast(brand, WHITE)
  return {
    fill: toHex(brand),
    onFill: toHex(isLight ? BLACK : WHITE),
    lineOnLight: toHex(readableOn(PAGE.light, brand, BLACK)),
    lineOnDark: toHex(readableOn(PAGE.dark, brand, WHITE)),
  }
}

/** The colour itself, or as little as needed of the way from it to black or white. */
function readableOn(page: string, color: Rgb, towards: Rgb): Rgb {
  const background = parseHex(page) ?? WHITE
  for (let step = 0; step <= STEPS; step += 1) {
    const mixed = mix(color, towards, step / STEPS)
    if (contrast(mixed, background) >= READABLE) return mixed
  }
  return towards
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share)
  return [part(0), part(1), part(2)]
}

/** "#abc" or "#aabbcc"; null for anything else. */
export function parseHex(text: string | null): Rgb | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text ?? '')
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text ?? '')
  const [, red = '', green = '', blue = ''] = long ?? short?.map((part) => part.repeat(2)) ?? []
  return long === null && short === null
    ? null
    : [parseInt(red, 16), parseInt(green, 16), parseInt(blue, 16)]
}

function toHex(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** WCAG 2.2, "contrast ratio": 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (part: number) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}
