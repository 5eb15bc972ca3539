// Runs alone: it takes a minute.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { killNine } from './kill-nine.ts'

const SUBSCRIPTIONS = 120
const KILLS = 5

test('a service that is killed in the middle of its renewals charges everybody exactly once', async (t) => {
  const tell = (line: string) => t.diagnostic(line)
  const report = await killNine({ subscriptions: SUBSCRIPTIONS, kills: KILLS, seed: 1, tell })
  const invoices = 2 * SUBSCRIPTIONS
  deepEqual([report.invoices, report.paid], [invoices, invoices])
  deepEqual(report.charges, {
    moved: invoices,
    invoicesNever: 0,
    invoicesOnce: invoices,
    invoicesMoreThanOnce: 0,
    strays: 0,
  })
  ok(report.killsAtWork > 0, 'at least one kill found charges on their way')
  equal(report.verifyCode, 0, report.verifyOutput)
})
