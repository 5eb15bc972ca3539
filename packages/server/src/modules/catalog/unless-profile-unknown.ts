import { refused } from '../../platform/command/index.ts'
import { violatedConstraint } from '../../platform/db/index.ts'

/** Refuses `profile_not_found` where the work names a subscription profile that the account does not have. */
export async function unlessProfileUnknown<Answer>(
  constraint: 'products_profile_exists' | 'prices_profile_exists',
  work: () => Promise<Answer>,
) {
  try {
    return await work()
  } catch (error) {
    if (violatedConstraint(error) === constraint) return refused('profile_not_found')
    throw error
  }
}
