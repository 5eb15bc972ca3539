/**
 * What a command answers: it was done, or an expected "no" with a code of the module's catalogue (`errors.ts`).
 * `param` names the input the refusal is about when the catalogue cannot know it; `message` says more than its sentence.
 */
export type Decision<Accepted, Code extends string> =
  | { readonly kind: 'accepted'; readonly value: Accepted }
  | Refused<Code>

export type Refused<Code extends string> = {
  readonly kind: 'refused'
  readonly code: Code
  readonly param?: string
  readonly message?: string
  /** More for programs, beside what the catalogue says of the code. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly declineCode?: string
}

export function accepted<Accepted>(value: Accepted): {
  readonly kind: 'accepted'
  readonly value: Accepted
} {
  return { kind: 'accepted', value }
}

export function refused<Code extends string>(
  code: Code,
  about: Omit<Refused<Code>, 'kind' | 'code'> = {},
): Refused<Code> {
  return { kind: 'refused', code, ...about }
}
