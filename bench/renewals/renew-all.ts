import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Uuid } from '@perennial/core/ids'
import type { RenewFigures, RenewOrder } from './renew.child.ts'

/**
 * Runs the renewals of one account in a process of their own, as the worker runs them, so that its memory and
 * its processor time are its own.
 */
export function renewAll(
  order: Omit<RenewOrder, 'accountId'> & { readonly accountId: Uuid },
  options: { readonly profileTo: string | null },
): Promise<RenewFigures> {
  const execArgv =
    options.profileTo === null ? [] : ['--cpu-prof', '--cpu-prof-dir', options.profileTo]
  const child = fork(join(import.meta.dirname, 'renew.child.ts'), [JSON.stringify(order)], {
    execArgv,
  })
  return new Promise((resolve, reject) => {
    let figures: RenewFigures | null = null
    child.on('message', (message) => {
      figures = message as RenewFigures // the child's only message
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (figures !== null && code === 0) resolve(figures)
      else reject(new Error(`the renewal process ended with ${code}`))
    })
  })
}
