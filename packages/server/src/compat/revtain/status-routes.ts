import { findOutside, logPulse, type OutsideDeps } from '../../modules/recovery/index.ts'
import type { ApiInstance } from '../../platform/http/index.ts'
import { secretClient } from './authenticate-client.ts'
import { FaceRefusal } from './face-refusal.ts'
import {
  KEY_LENGTH_MAX,
  optionalText,
  readAmount,
  readBody,
  readCurrency,
  requiredText,
} from './read-fields.ts'
import { toWireStatus } from './wire.ts'

const schema = { hide: true } as const

/** Status of a recovery, and payments that needed none. */
export function addStatusRoutes(app: ApiInstance, deps: OutsideDeps): void {
  app.get('/api/recovery/status/:transactionId', { schema }, async (request) => {
    const client = await secretClient(deps, request)
    const transactionId = String(Reflect.get(Object(request.params), 'transactionId'))
    return toWireStatus(found(await findOutside(deps, client, { transactionId })))
  })

  app.get('/api/recovery/status', { schema }, async (request) => {
    const client = await secretClient(deps, request)
    const query = readBody(request.query)
    const idempotencyKey = requiredText(query, 'idempotencyKey', KEY_LENGTH_MAX)
    return toWireStatus(found(await findOutside(deps, client, { idempotencyKey })))
  })

  app.post('/api/recovery/pulse', { schema }, async (request) => {
    const client = await secretClient(deps, request)
    const fields = readBody(request.body)
    const transactionId = await logPulse(deps, client, {
      amountMinor: readAmount(fields),
      currency: readCurrency(fields),
      transactionId: optionalText(fields, 'transactionId', 255) || null,
    })
    return { success: true, message: 'Organic success logged', transactionId }
  })
}

function found<T>(recovery: T | null): T {
  if (recovery === null) throw new FaceRefusal(404, { error: 'No such recovery.' })
  return recovery
}
