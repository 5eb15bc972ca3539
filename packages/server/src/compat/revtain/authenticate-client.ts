import type { FastifyRequest } from 'fastify'
import {
  findFaceClient,
  recallFaceClient,
  type OutsideDeps,
  type RecalledClient,
  type RecoveryClient,
} from '../../modules/recovery/index.ts'
import { FaceRefusal } from './face-refusal.ts'

/** Told by its spelling, whether there is such a key or not. */
const KEY_OF_V2 = /^rk_/
const OTHER_KEY =
  'This looks like an API key of /v2, which is not taken here. Keys of this API begin with rev_: POST /v2/recovery/clients makes them.'

/** Whose secret key the request carries, in `X-API-KEY` and nowhere else. */
export async function secretClient(
  deps: OutsideDeps,
  request: FastifyRequest,
): Promise<RecoveryClient> {
  const found = await keyed(deps, request)
  // 401 and not 403: that is a fraud block here, and a wrong key must not be taken for one.
  if (found.isPublishable) throw unauthenticated('A publishable key cannot do this.')
  return found.client
}

/** As `secretClient`, without reading the key again: for what confirms the client when it acts. Null where the key has to be read. */
export function recallSecretClient(
  deps: OutsideDeps,
  request: FastifyRequest,
): RecalledClient | null {
  const presented = request.headers['x-api-key']
  const recalled = typeof presented === 'string' ? recallFaceClient(deps, presented) : null
  return recalled === null || recalled.isPublishable ? null : recalled
}

/** Either key will do. */
export async function anyClient(
  deps: OutsideDeps,
  request: FastifyRequest,
): Promise<RecoveryClient> {
  return (await keyed(deps, request)).client
}

async function keyed(deps: OutsideDeps, request: FastifyRequest) {
  const presented = request.headers['x-api-key']
  if (typeof presented !== 'string' || presented === '')
    throw unauthenticated('This needs an API key, in the header X-API-KEY.')
  if (KEY_OF_V2.test(presented)) throw unauthenticated(OTHER_KEY)
  const found = await findFaceClient(deps, presented)
  if (found === null) throw unauthenticated('No such API key.')
  return found
}

function unauthenticated(error: string): FaceRefusal {
  return new FaceRefusal(401, { error })
}
