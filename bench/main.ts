// npm run bench -- NAME [--json] [options]: measures one promise of docs/benchmarks.md, and the limit
// that it is held against, in the same run.
import { isBadOption } from '../packages/cli/src/terminal/is-bad-option.ts'
import { withProgress } from '../packages/cli/src/terminal/progress.ts'
import type { Screen } from './screen.ts'

type Bench = {
  readonly name: string
  readonly what: string
  readonly run: (args: readonly string[], screen: Screen) => Promise<void>
}

/** Each is loaded when it is run. */
const BENCHES: readonly Bench[] = [
  {
    name: 'execute',
    what: 'failed payments handed over, against one bare HTTP exchange and one bare transaction',
    run: async (args, screen) =>
      (await import('./execute/bench-execute.ts')).benchExecute(args, screen),
  },
  {
    name: 'recovery',
    what: 'value that the planner wins back on simulated worlds, against a clairvoyant and fixed schedules',
    run: async (args, screen) =>
      (await import('./recovery/bench-recovery.ts')).benchRecovery(args, screen),
  },
  {
    name: 'recovery-due',
    what: 'recoveries that have fallen due found among 1,000,000 open ones, against among 10,000',
    run: async (args, screen) => (await import('./recovery/bench-due.ts')).benchDue(args, screen),
  },
  {
    name: 'renewals',
    what: 'due subscriptions renewed to paid, against bare set-based inserts of the same rows',
    run: async (args, screen) =>
      (await import('./renewals/bench-renewals.ts')).benchRenewals(args, screen),
  },
  {
    name: 'routes',
    what: 'simple API calls, against one bare HTTP exchange and one bare transaction',
    run: async (args, screen) =>
      (await import('./routes/bench-routes.ts')).benchRoutes(args, screen),
  },
  {
    name: 'routing',
    what: 'routing decisions a second on one core, against the aim of 100,000',
    run: async (args, screen) =>
      (await import('./routing/bench-routing.ts')).benchRouting(args, screen),
  },
  {
    name: 'slow-gateway',
    what: 'charges at one gateway while another takes ten seconds, against the same while it does not',
    run: async (args, screen) =>
      (await import('./slow-gateway/bench-slow-gateway.ts')).benchSlowGateway(args, screen),
  },
  {
    name: 'start',
    what: 'seconds from npm start to a service that answers: first, later and with the demo, against 120, 5 and 60',
    run: async (args, screen) => (await import('./start/bench-start.ts')).benchStart(args, screen),
  },
  {
    name: 'subscription-edits',
    what: 'a bulk edit of 100,000 subscriptions reviewed and done, against the aim of 20 seconds for the review',
    run: async (args, screen) =>
      (await import('./subscription-edits/bench-subscription-edits.ts')).benchSubscriptionEdits(
        args,
        screen,
      ),
  },
]

function usage(): string {
  const lines = BENCHES.map(({ name, what }) => `  ${name.padEnd(18)} ${what}`)
  return `npm run bench -- NAME [--json] [options]\n\n${lines.join('\n')}\n\nOptions: bench/README.md\n`
}

const [name, ...args] = process.argv.slice(2)
const bench = BENCHES.find((candidate) => candidate.name === name)
if (name === '--help' || args.includes('--help')) process.stdout.write(usage())
else if (bench === undefined)
  refuse(name === undefined ? 'Say which.' : `There is no bench ${name}.`)
else {
  try {
    await withProgress(bench.name, (progress) =>
      bench.run(args, {
        tell: (detail) => progress.tell(detail),
        print: (line) => {
          progress.clear()
          process.stdout.write(`${line}\n`)
        },
      }),
    )
  } catch (error) {
    if (!isBadOption(error)) throw error
    refuse(`${bench.name}: ${error.message}`)
  }
}

function refuse(sentence: string): void {
  process.stderr.write(`${sentence}\n\n${usage()}`)
  process.exitCode = 2
}
