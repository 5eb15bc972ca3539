// node scenarios/kill-nine/main.ts: kills the service while it renews; exit 1 unless everybody was charged once.
import { parseArgs } from 'node:util'
import { killNine } from './kill-nine.ts'

const { values } = parseArgs({
  options: {
    subscriptions: { type: 'string', default: '500' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
})

const report = await killNine({
  subscriptions: Number(values.subscriptions),
  kills: Number(values.kills),
  seed: Number(values.seed),
  tell: (line) => process.stdout.write(`${line}\n`),
})
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
    `kills that found charges on their way: ${report.killsAtWork} of ${values.kills}`,
    `verify: ${report.verifyCode === 0 ? 'clean' : report.verifyOutput}`,
    isGood ? 'Everybody was charged exactly once.' : 'FAILED',
    '',
  ].join('\n'),
)
process.exitCode = isGood ? 0 : 1
