/** One bad field of a world file, and what is wrong with it. */
export interface Problem {
  /** `issuers[0].refusals.hour_factor`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

export type PathSegment = string | number

export function renderPath(segments: readonly PathSegment[]): string {
  return segments.map(renderSegment).join('').replace(/^\./, '')
}

function renderSegment(segment: PathSegment): string {
  if (typeof segment === 'number') return `[${segment}]`
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`
}
