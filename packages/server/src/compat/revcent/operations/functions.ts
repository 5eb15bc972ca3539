import { operation, type Operation } from '../calls/operation.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { code, nothing, strict } from '../wire/fields.ts'

export const functionOperations: readonly Operation[] = [
  operation({
    name: 'TriggerFunction',
    summary: 'Not there: no code of merchants is run here',
    method: 'POST',
    path: '/functions/:function_id/trigger',
    pair: { type: 'function', method: 'trigger' },
    scope: 'subscriptions:read',
    schemas: { params: strict({ function_id: code('Id.') }), query: nothing, body: nothing },
    handle: async () => {
      throw new FaceRefusal(404, 'not_found', 'No code of merchants is run here. Listen to events and call this API instead.') // prettier-ignore
    },
  }),
]
