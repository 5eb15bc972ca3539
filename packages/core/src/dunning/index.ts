export { accessOf, type Access } from './access.ts'
export { phaseOf } from './phase.ts'
export { CAMPAIGN_ACTIONS, CAMPAIGN_MAILS, defaultCampaign, type CampaignStep } from './campaign.ts'
export { campaignPolicy, retryDaysOf } from './campaign-policy.ts'
export { CARD_NOTICE_DAYS, cardNoticeAt, cardOverOn } from './card-end.ts'
export { checkCampaign } from './check-campaign.ts'
export { previewCampaign, type PreviewedStep } from './preview.ts'
export { reminderAt, remindedFrom, remindersBy } from './reminders.ts'
export {
  beginRun,
  takeSteps,
  type DunningMail,
  type DunningRun,
  type DunningView,
  type StepsTaken,
} from './run.ts'
