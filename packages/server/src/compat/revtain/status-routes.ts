import { callOff, findOutside, logPulse, type OutsideDeps } from '../../modules/recovery/index.ts'
import type { ApiInstance } from '../../platform/http/index.ts'
import { secretClient } from './authenticate-client.ts'
import { FaceRefusal } from './face-refusal.ts'
import {
  KEY_LENGTH_MAX,
  optionalText,
  parameter,
  readAmount,
  readBody,
  readCurrency,
  requiredText,
} from './read-fields.ts'
import { toWireStatus } from './wire.ts'

const schema = { hide: true } as const

/** Status of a recovery, its end by its biller, and payments that needed none. */
export function addStatusRoutes(app: ApiInstance, deps: OutsideDeps): void {
  app.get('/api/recovery/status/:transactionId', { schema }, async (request) => {
    const client = await secretClient(deps, request)
    const transactionId = parameter(request.params, 'transactionId')
    return toWireStatus(found(await findOutside(deps, client, { transactionId })))
  })

  app.get('/api/recovery/status', { schema }, async (request) => {
    const client = await secretClient(deps, request)
    const query = readBody(request.query)
    const idempotencyKey = requiredText(query, 'idempotencyKey', KEY_LENGTH_MAX)
    return toWireStatus(found(await findOutside(deps, client, { idempotencyKey })))
  })

  // Not of the published API.
  app.post('/api/recovery/cancel/:transactionId', { schema }, async (request) => {
    const client = await secretClient(deps, request)
    const transactionId = parameter(request.params, 'transactionId')
    const called = await callOff(deps, client, transactionId)
    if (called.kind === 'accepted') return toWireStatus(called.value)
    if (called.code === 'not_found') return found(null)
    const existingStatus = called.code === 'succeeded' ? 'succeeded' : 'unknown'
    const error = NOT_CALLED_OFF[called.code]
    throw new FaceRefusal(409, { error, existingTransactionId: transactionId, existingStatus })
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

const NOT_CALLED_OFF = {
  under_way:
    'A charge is under way. Ask for the status, and call it off again once that is answered.',
  succeeded: 'This payment was recovered: refund it at your gateway if it is not wanted.',
} as const

function found<T>(recovery: T | null): T {
  if (recovery === null) throw new FaceRefusal(404, { error: 'No such recovery.' })
  return recovery
}
