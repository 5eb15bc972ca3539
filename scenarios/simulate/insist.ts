import { call, type Reply, type Request, type Stage } from './stage.ts'

/**
 * As a careful caller does: a request whose answer got lost is sent again with the same idempotency key. Not while something
 * else happens: it would lose its lease in the time that passes.
 */
export async function insist(stage: Stage, request: Request): Promise<Reply> {
  const idempotencyKey = `key-${stage.chance.below(1_000_000_000)}`
  const first = await call(stage, { ...request, idempotencyKey }, stage.faults)
  if (first !== null || stage.isRacing || stage.chance.happens(0.3)) return first
  return sendAgain(stage, { ...request, idempotencyKey })
}

/** Sends the same once more when whoever had it has been left for dead. */
export function sendAgain(stage: Stage, request: Request): Promise<Reply> {
  stage.house.moveOn(ABANDONED_MS)
  return call(stage, request, stage.faults)
}

/** After this long a request without an answer counts as crashed (platform/http), and so does whoever was making a charge. */
const ABANDONED_MS = 61_000
