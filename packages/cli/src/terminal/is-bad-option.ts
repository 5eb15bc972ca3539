/** Whether a command was called with options that it does not have: an error of `parseArgs`, with a sentence. */
export function isBadOption(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_PARSE_ARGS_')
  )
}
