/** What a person did wrong or can put right, as one sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
