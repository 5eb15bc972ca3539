import { assert } from '@perennial/core/fault'
import { drawNormal, drawUnit, purpose } from '../chance/draw.ts'
import { mixInteger, mixText, mixWord } from '../chance/hash.ts'
import { type Attempt, type Judgement, type Outcome, type Trial, openTrial } from './attempt.ts'
import { judgeAtIssuer, judgeMoney } from './judge-at-issuer.ts'
import { type World, isWithin, versionAt } from './world.ts'

/** How many standard deviations lie between the median and the 99th percentile. */
const SIGMAS_TO_P99 = 2.3263

const gatewayError: Outcome = { kind: 'gateway_error' }

/**
 * Judges in the order of the world's law; the first that applies answers: gateway outage, error or
 * time-out; card ended; fraud flag; issuer outage; authentication; funds; limit; refusal spell;
 * approved. Fault: a gateway that the world does not have.
 */
export function judge(world: World, attempt: Attempt): Judgement {
  const trial = openTrial(world, attempt)
  const { gateway, hash, memory } = trial
  const isDown =
    isWithin(gateway.outages, attempt.at) ||
    drawUnit(hash, purpose.gatewayError) < gateway.file.error_rate
  if (isDown) return { outcome: gatewayError, memory }
  if (drawUnit(hash, purpose.timeout) < gateway.file.timeout_rate) return judgeTimeout(trial)
  return judgeAtIssuer(trial)
}

/**
 * The customer has authenticated: the rest of the order, without gateway trouble and without
 * another challenge.
 */
export function judgeAuthenticated(world: World, attempt: Attempt): Judgement {
  const trial = openTrial(world, attempt)
  return judgeMoney({ ...trial, memory: { ...trial.memory, challenge: null } })
}

/**
 * How long a gateway takes over an answer, lognormal by its `latency_ms`; `about` tells one call
 * from another.
 */
export function drawLatencyMs(
  world: World,
  call: { readonly gatewayId: string; readonly at: number; readonly about: string },
): number {
  const gateway = versionAt(world, call.at).gateways.get(call.gatewayId)
  assert(gateway !== undefined, 'the gateway is one of the world')
  const { p50, p99 } = gateway.file.latency_ms
  const sigma = Math.log(p99 / p50) / SIGMAS_TO_P99
  const hash = mixInteger(mixText(mixWord(world.hash, gateway.hash), call.about), call.at)
  return p50 * Math.exp(sigma * drawNormal(hash, purpose.latency))
}

/**
 * No answer came. Money moved only where it would have been approved; otherwise the issuer never
 * saw the attempt.
 */
function judgeTimeout(trial: Trial): Judgement {
  const rest = judgeAtIssuer(trial)
  const share = trial.gateway.file.timeout_charged_share
  const charged =
    rest.outcome.kind === 'approved' && drawUnit(trial.hash, purpose.timeoutCharged) < share
  return {
    outcome: { kind: 'timed_out', charged },
    memory: charged ? rest.memory : trial.memory,
  }
}
