import { addDays, type Instant } from '../time/index.ts'
import { accessAfter, type AccessLevel, type CampaignStep } from './campaign.ts'

export type PreviewedStep = {
  readonly at: Instant
  readonly step: CampaignStep
  /** Once the step is taken. */
  readonly access: AccessLevel
}

/** Which step comes when for a charge that fails at `failedAt` and is never paid. */
export function previewCampaign(
  steps: readonly CampaignStep[],
  failedAt: Instant,
): PreviewedStep[] {
  let access: AccessLevel = 'full'
  return steps.map((step) => {
    access = accessAfter(access, step)
    return { at: addDays(failedAt, step.day), step, access }
  })
}
