// npm run simulate -- --seeds N --from S: random merchants with crashes and lost answers, one a seed.
import { parseArgs } from 'node:util'
import { isBadOption } from '../../packages/cli/src/terminal/is-bad-option.ts'
import { withProgress } from '../../packages/cli/src/terminal/progress.ts'

const USAGE = `npm run simulate -- [--seeds N] [--from S] [--verbose]

  --seeds N    how many random merchants (200)
  --from S     the first one's seed (1)
  --verbose    tell what was done in each
`

/** Null where they were refused, or help was all that was asked for. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '200' },
        from: { type: 'string', default: '1' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (!values.help) return values
    process.stdout.write(USAGE)
  } catch (error) {
    if (!isBadOption(error)) throw error
    refuse(error.message)
  }
  return null
}

function refuse(sentence: string): void {
  process.stderr.write(`${sentence}\n\n${USAGE}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const values = readOptions()
  if (values === null) return
  const seeds = Number(values.seeds)
  const from = Number(values.from)
  if (!Number.isSafeInteger(seeds) || !Number.isSafeInteger(from) || seeds < 1 || from < 0) {
    refuse('--seeds and --from are whole numbers.')
    return
  }
  // Not before there is something to do: they load the whole service.
  const { withTestPostgres } = await import('../with-test-postgres.ts')
  const { describeFailure, simulate } = await import('./simulate.ts')
  const report = await withProgress('simulating', (progress) =>
    withTestPostgres(() =>
      simulate(
        { seeds, from },
        {
          onLived: (count) => progress.tell(`${count} of ${seeds} seeds`),
          onSeed: (result) => {
            progress.clear()
            if (values.verbose) process.stdout.write(`${result.stage.log.join('\n')}\n`)
            if (result.problems.length > 0) process.stdout.write(`${describeFailure(result)}\n`)
          },
        },
      ),
    ),
  )
  const { failed, seconds } = report
  process.stdout.write(
    `${seeds} seeds from ${from} in ${seconds.toFixed(1)} s: ${failed.length === 0 ? 'all held' : `failed: ${failed.map(({ seed }) => seed).join(', ')}`}\n`,
  )
  process.exitCode = failed.length === 0 ? 0 : 1
}

await main()
