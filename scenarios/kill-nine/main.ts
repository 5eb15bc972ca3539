// npm run kill-nine: kills the service while it renews; exit 1 unless everybody was charged once.
import { parseArgs } from 'node:util'
import { isBadOption } from '../../packages/cli/src/terminal/is-bad-option.ts'
import { withProgress } from '../../packages/cli/src/terminal/progress.ts'
import { readCount } from '../../packages/cli/src/terminal/read-count.ts'
import type { KillNineRequest } from './kill-nine.ts'

const USAGE = `npm run kill-nine -- [--subscriptions N] [--kills N] [--seed S]

  --subscriptions N   how many are due at once (500)
  --kills N           how often the service is killed meanwhile (20)
  --seed S            when it is killed (1)
`

type Options = Omit<KillNineRequest, 'tell'>

/** Null where help was all that was asked for. */
function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      subscriptions: { type: 'string', default: '500' },
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  return {
    subscriptions: readCount('subscriptions', values.subscriptions),
    kills: readCount('kills', values.kills),
    seed: readCount('seed', values.seed),
  }
}

async function run(options: Options): Promise<number> {
  // Not before there is something to do: they load the whole service.
  const { withTestPostgres } = await import('../with-test-postgres.ts')
  const { killNine } = await import('./kill-nine.ts')
  const report = await withProgress('killing the service while it renews', (progress) =>
    withTestPostgres(() =>
      killNine({
        ...options,
        tell: (line) => {
          progress.clear()
          process.stdout.write(`${line}\n`)
        },
      }),
    ),
  )
  const { charges } = report
  const isGood =
    report.paid === report.invoices &&
    charges.invoicesOnce === report.invoices &&
    charges.strays === 0 &&
    report.verifyCode === 0
  process.stdout.write(
    [
      `invoices: ${report.invoices}, paid: ${report.paid}`,
      `charged once: ${charges.invoicesOnce}, never: ${charges.invoicesNever}, more than once: ${charges.invoicesMoreThanOnce}, for nothing: ${charges.strays}`,
      `kills that found charges on their way: ${report.killsAtWork} of ${options.kills}`,
      `verify: ${report.verifyCode === 0 ? 'clean' : report.verifyOutput}`,
      isGood ? 'Everybody was charged exactly once.' : 'FAILED',
      '',
    ].join('\n'),
  )
  return isGood ? 0 : 1
}

async function main(): Promise<number> {
  try {
    const options = readOptions()
    if (options !== null) return await run(options)
    process.stdout.write(USAGE)
    return 0
  } catch (error) {
    if (!isBadOption(error)) throw error
    process.stderr.write(`${error.message}\n\n${USAGE}`)
    return 2
  }
}

process.exitCode = await main()
