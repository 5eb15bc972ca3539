/** An option that is a whole number from 1 on; faults with an error that `isBadOption` knows, and a sentence. */
export function readCount(name: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && Number.isSafeInteger(value)) return value
  throw badOption(`--${name} is a whole number from 1 on, not '${text}'`)
}

/** As `parseArgs` refuses a value. */
export function badOption(message: string): Error {
  return Object.assign(new TypeError(message), { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' })
}
