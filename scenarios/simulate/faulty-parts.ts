import type { GatewayOutcome, GatewayPort } from '@perennial/core/payments'
import type { Database } from '../../packages/server/src/platform/db/index.ts'
import { currentLife, pass, stopIfDead } from './life.ts'

/** The same database; processes die before and after their commits, and a dead one reaches it no more. */
export function withCrashes(database: Database): Database {
  return {
    ...database,
    get kysely() {
      stopIfDead()
      return database.kysely
    },
    tx: async (work, options) => {
      pass('before a transaction')
      const result = await database.tx(async (tx) => {
        const done = await work(tx)
        pass('before a commit')
        return done
      }, options)
      pass('after a commit')
      return result
    },
    statement: async (work) => {
      pass('before a statement')
      const result = await database.statement(work)
      pass('after a statement')
      return result
    },
  }
}

const LOST = { kind: 'unknown', gatewayReference: null, cause: 'the line was cut' } as const

/** The same gateway over a bad line: requests and answers get lost, and processes die before and after calls. */
export function overBadLine(port: GatewayPort, wire: Set<Promise<unknown>>): GatewayPort {
  const onWire = async <T>(call: () => Promise<T>): Promise<T> => {
    const answer = call()
    wire.add(answer)
    try {
      return await answer
    } finally {
      wire.delete(answer)
    }
  }
  const send = async (call: () => Promise<GatewayOutcome>): Promise<GatewayOutcome> => {
    pass('before a call')
    if (isLost()) return LOST
    const outcome = await onWire(call)
    pass('after a call')
    return isLost() ? LOST : outcome
  }
  return {
    ...port,
    charge: (request) => send(() => port.charge(request)),
    capture: (request) => send(() => port.capture(request)),
    void: async (request) => {
      pass('before a call')
      if (isLost()) return { kind: 'unknown', cause: LOST.cause }
      const outcome = await onWire(() => port.void(request))
      pass('after a call')
      return isLost() ? { kind: 'unknown', cause: LOST.cause } : outcome
    },
    refund: async (request) => {
      pass('before a call')
      if (isLost()) return LOST
      const outcome = await onWire(() => port.refund(request))
      pass('after a call')
      return isLost() ? LOST : outcome
    },
    lookUpRefund: async (key) => {
      pass('before a look-up')
      const result = await onWire(() => port.lookUpRefund(key))
      pass('after a look-up')
      return isLost() ? { kind: 'found', outcome: LOST } : result
    },
    lookUp: async (key) => {
      pass('before a look-up')
      const result = await onWire(() => port.lookUp(key))
      pass('after a look-up')
      return isLost() ? { kind: 'found', outcome: LOST } : result
    },
  }
}

function isLost(): boolean {
  const life = currentLife()
  if (life === null || !life.chance.happens(life.lossProbability / 2)) return false
  life.hasLost = true
  return true
}
