import { type ErrorCatalogue, conflict, invalid } from '../../../platform/http/index.ts'
import type { AdvanceRefusal } from './advance-clock.ts'

export const advanceErrors: ErrorCatalogue<AdvanceRefusal> = {
  clock_not_movable: {
    status: 403,
    type: 'authorization_error',
    code: 'forbidden',
    message: 'Live time cannot be moved. Use a sandbox key.',
  },
  clock_moved_backwards: invalid(
    'A test clock only moves forward. Give an instant after its present one.',
    'to',
  ),
  clock_moved_too_far: invalid(
    'A test clock moves at most ten years at a time, for it does not go back. Go on from there.',
    'to',
  ),
  clock_busy: conflict('The clock is being moved right now. Wait until that is done.'),
  clock_stopped: {
    status: 503,
    type: 'api_error',
    code: 'service_unavailable',
    message:
      'The service is stopping, and the clock with it on the way. All work up to where it stands is done. Once it runs again, repeat the call with the same Idempotency-Key; without one, look where it stands first.',
  },
}
