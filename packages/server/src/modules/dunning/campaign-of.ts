import { defaultCampaign, type CampaignStep } from '@perennial/core/dunning'
import type { AccountSettings } from '../../platform/command/index.ts'

/** The campaign of an account that has set up none: made of its dunning settings. */
export function campaignOf({ dunning }: Pick<AccountSettings, 'dunning'>): CampaignStep[] {
  return defaultCampaign({
    retryDays: dunning.retrySchedule.slice(0, dunning.maxRetryAttempts),
    graceDays: dunning.gracePeriodDays,
  })
}
