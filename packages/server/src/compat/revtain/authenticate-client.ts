import type { FastifyRequest } from 'fastify'
import {
  findFaceClient,
  type OutsideDeps,
  type RecoveryClient,
} from '../../modules/recovery/index.ts'
import { FaceRefusal } from './face-refusal.ts'

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
  const found = await findFaceClient(deps, presented)
  if (found === null) throw unauthenticated('No such API key.')
  return found
}

function unauthenticated(error: string): FaceRefusal {
  return new FaceRefusal(401, { error })
}
