/** Errors whose message is written for the operator. */
const SENTENCES = new Set(['CommandError', 'ConfigError', 'MigrationError', 'PostgresStartError'])

/** One sentence for whoever called the command; with `isWhole` also where it happened. */
export function describeError(error: unknown, isWhole: boolean): string {
  if (!(error instanceof Error)) return toSentence(String(error))
  const stack = isWhole ? `\n${error.stack ?? ''}` : ''
  if (SENTENCES.has(error.name)) return toSentence(error.message) + stack
  if (error.name === 'DatabaseOutage') return describeOutage(error) + stack
  const place = 'path' in error && typeof error.path === 'string' ? ` (${error.path})` : ''
  if ('code' in error && (error.code === 'EACCES' || error.code === 'EPERM'))
    return `Permission denied${place}: run as a user who may write there, or set DATA_DIR.${stack}`
  if ('code' in error && (error.code === 'EEXIST' || error.code === 'ENOTDIR') && place !== '')
    return `There is a file where a folder is needed${place}: set DATA_DIR to another.${stack}`
  const hint = isWhole ? '' : ' LOG_LEVEL=debug shows where.'
  return `${toSentence(`Something failed that should not: ${error.message}`)}${hint}${stack}`
}

function describeOutage(error: Error): string {
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : ''
  return `The database cannot be reached${cause === '' ? '' : ` (${cause})`}: start it, or check DATABASE_URL.`
}

/** The first of several addresses that were tried says enough. */
function reasonOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : null
  return first instanceof Error ? first.message : error.message
}

function toSentence(text: string): string {
  const trimmed = text.trim()
  const ended = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
  return /^[a-z]+ /.test(ended) ? ended.charAt(0).toUpperCase() + ended.slice(1) : ended
}
