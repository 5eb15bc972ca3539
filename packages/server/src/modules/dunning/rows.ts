import type { CampaignStep, DunningRun } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'

export type RunRow = Selectable<DB['dunning_runs']>

export function toRun(row: RunRow): DunningRun {
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    invoiceId: row.invoice_id,
    campaignId: row.campaign_id,
    steps: row.steps as readonly CampaignStep[] | null,
    state: row.state,
    outcome: row.outcome,
    stepsDone: row.steps_done,
    access: row.access,
    retriesTold: row.retries_told,
    mailsSent: row.mails_sent,
    startedAt: row.started_at,
    dueAt: row.due_at,
    endedAt: row.ended_at,
  }
}

export function toRunUpdate(accountId: Uuid, run: DunningRun) {
  return {
    account_id: accountId,
    id: run.id,
    campaign_id: run.campaignId,
    steps: run.steps,
    state: run.state,
    outcome: run.outcome,
    steps_done: run.stepsDone,
    access: run.access,
    retries_told: run.retriesTold,
    mails_sent: run.mailsSent,
    due_at: run.dueAt,
    ended_at: run.endedAt,
  }
}
