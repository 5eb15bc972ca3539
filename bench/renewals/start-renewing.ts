import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { RenewFigures, RenewOrder, RenewWays } from './renew.child.ts'

export type Renewing = {
  readonly ways: RenewWays
  /** Renews what is due by then. Faults: the process ended. */
  renew(until: Instant): Promise<RenewFigures>
  stop(): Promise<void>
}

/**
 * The renewals of one account in a process of their own, as the worker runs them, so that their memory and their
 * processor time are its own.
 */
export async function startRenewing(
  order: Omit<RenewOrder, 'accountId'> & { readonly accountId: Uuid },
  options: { readonly profileTo: string | null },
): Promise<Renewing> {
  const execArgv =
    options.profileTo === null ? [] : ['--cpu-prof', '--cpu-prof-dir', options.profileTo]
  const child = fork(join(import.meta.dirname, 'renew.child.ts'), [JSON.stringify(order)], {
    execArgv,
  })
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code)
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([
      once(child, 'message'),
      exited.then(refuse),
    ])) as unknown[]
    return message
  }
  const ways = (await answer()) as RenewWays // its first message
  return {
    ways,
    renew: (until) => {
      const figures = answer()
      child.send(until)
      return figures as Promise<RenewFigures> // every later one
    },
    stop: async () => {
      child.disconnect()
      assert((await exited) === 0, 'the renewal process ends well')
    },
  }
}

function refuse(code: number | null | undefined): never {
  throw new Error(`the renewal process ended with ${code}`)
}
