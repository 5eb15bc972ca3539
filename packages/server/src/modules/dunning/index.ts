export { campaignOf } from './campaign-of.ts'
export { findMailData } from './find-mail-data.ts'
export { dunningRoutes } from './campaigns/campaign-routes.ts'
export {
  loadRecipients,
  queueDunningMails,
  toRecipient,
  type CreateCardLinks,
  type WantedMail,
} from './queue-mails.ts'
export { listCampaignSteps } from './list-campaign-steps.ts'
export { findCampaignsFor } from './queries/campaigns.ts'
export { claimEndingCards, countNotices, type EndingCard } from './queries/card-ends.ts'
export { followOverdue } from './follow-overdue.ts'
export { claimDueReminders, updateReminders, type Reminder } from './queries/reminders.ts'
export {
  findDueRuns,
  followBills,
  type FollowedBill,
  followCases,
  type FollowedCase,
  listHoldingRuns,
  listOpenRuns,
  listRuns,
  openRuns,
  updateRuns,
} from './queries/runs.ts'
export { oldestRuns } from './oldest-runs.ts'
