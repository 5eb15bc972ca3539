import { type ErrorCatalogue, MAP_TOO_LARGE, unknown } from '../../platform/http/index.ts'

export type ChangeDisputeRefusal = 'dispute_not_found' | 'map_too_large'

export const changeDisputeErrors: ErrorCatalogue<ChangeDisputeRefusal> = {
  dispute_not_found: unknown('dispute'),
  map_too_large: MAP_TOO_LARGE,
}
