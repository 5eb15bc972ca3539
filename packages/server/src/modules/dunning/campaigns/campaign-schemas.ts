import {
  CAMPAIGN_ACTIONS,
  CAMPAIGN_MAILS,
  checkCampaign,
  type CampaignStep,
  type PreviewedStep,
} from '@perennial/core/dunning'
import { assertNever } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  idField,
  dateField,
  integerField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import type { AssignmentRow, CampaignRow } from '../queries/campaigns.ts'

const TEMPLATE = 'For an email: which one.'
const ACCESS = 'For a restrict: partial takes a part of the access away, none all of it.'

const StepItem = Type.Object(
  {
    day: Type.Integer({ description: 'Days after the first failure; 0 is the failure itself.' }),
    action: oneOf(CAMPAIGN_ACTIONS, { description: 'What happens.' }),
    template: Type.Optional(oneOf(CAMPAIGN_MAILS, { description: TEMPLATE })),
    access: Type.Optional(oneOf(['partial', 'none'], { description: ACCESS })),
  },
  { description: 'One step.' },
)

const itemFields = {
  id: wireId('dunning_campaign', 'Id of the campaign.'),
  object: oneOf(['dunning_campaign'], { description: 'Always "dunning_campaign".' }),
  name: Type.String({ description: 'Its name.' }),
  description: nullable(Type.String({ description: 'What it is for.' })),
  steps: Type.Array(StepItem, { description: 'What happens when, in order.' }),
  version: Type.Integer({ description: 'Rises with every change.' }),
  archived_at: nullable(timestamp('Since when it is used no more.')),
  created_at: timestamp('When it was made.'),
  updated_at: timestamp('When it was last changed.'),
}

export const CampaignItem = Type.Object(itemFields, {
  title: 'DunningCampaign',
  description: 'What customers hear, and lose, while a failed payment is open.',
})

export const DefaultCampaignItem = Type.Object(
  {
    object: oneOf(['dunning_campaign'], { description: 'Always "dunning_campaign".' }),
    name: Type.String({ description: 'Its name.' }),
    steps: Type.Array(StepItem, { description: 'What happens when, in order.' }),
  },
  {
    title: 'DefaultDunningCampaign',
    description: "The built-in campaign, made of the account's dunning settings.",
  },
)

const StepField = Type.Object(
  {
    day: integerField('Days after the first failure.', { minimum: 0, maximum: 365 }),
    action: oneOf(CAMPAIGN_ACTIONS, { description: 'What happens.' }),
    template: Type.Optional(oneOf(CAMPAIGN_MAILS, { description: TEMPLATE })),
    access: Type.Optional(oneOf(['partial', 'none'], { description: ACCESS })),
  },
  { description: 'One step.' },
)
type StepBody = Static<typeof StepField>

const steps = Type.Array(StepField, {
  minItems: 1,
  maxItems: 60,
  description: 'Steps in the order of their days.',
})
const name = textField('A name of its own.', { minLength: 1, maxLength: 100 })
const description = Type.Optional(nullable(textField('What it is for.')))

export const CampaignCreateBody = Type.Object({ name, description, steps })
export const CampaignUpdateBody = Type.Object({
  name: Type.Optional(name),
  description,
  steps: Type.Optional(steps),
})
export const CampaignParams = Type.Object({
  id: idField('dunning_campaign', 'Id of the campaign.'),
})
export const CampaignListQuery = Type.Object(cursorQuery('dunning_campaign'))

export const PreviewBody = Type.Object({
  campaign_id: Type.Optional(
    idField('dunning_campaign', 'A campaign; the built-in one when nothing is given.'),
  ),
  steps: Type.Optional(steps),
  failed_at: Type.Optional(dateField('When the charge fails; now when absent.')),
})

export const PreviewItem = Type.Object(
  {
    object: oneOf(['dunning_preview'], { description: 'Always "dunning_preview".' }),
    failed_at: timestamp('When the charge fails.'),
    steps: Type.Array(
      Type.Object(
        {
          ...StepItem.properties,
          at: timestamp('When it happens.'),
          access_after: oneOf(['full', 'warning', 'restricted', 'suspended'], {
            description: 'Access from then on.',
          }),
        },
        { description: 'One step.' },
      ),
      { description: 'What happens when, if it is never paid.' },
    ),
  },
  { title: 'DunningPreview', description: 'A campaign on the calendar.' },
)

const TARGETS = ['account', 'product', 'subscription'] as const

export const AssignBody = Type.Object({
  to: oneOf(TARGETS, { description: 'Everybody, who has a product, or one subscription.' }),
  product_id: Type.Optional(idField('product', 'Where `to` is product.')),
  subscription_id: Type.Optional(idField('subscription', 'Where `to` is subscription.')),
})
export const AssignmentParams = Type.Object({
  id: idField('dunning_assignment', 'Id of the assignment.'),
})
export const AssignmentListQuery = Type.Object({
  campaign_id: idField('dunning_campaign', 'Of this campaign.'),
  ...cursorQuery('dunning_assignment'),
})

export const AssignmentItem = Type.Object(
  {
    id: wireId('dunning_assignment', 'Id of the assignment.'),
    object: oneOf(['dunning_assignment'], { description: 'Always "dunning_assignment".' }),
    campaign_id: wireId('dunning_campaign', 'The campaign.'),
    to: oneOf(TARGETS, { description: 'What it is for.' }),
    product_id: nullable(wireId('product', 'The product, where it is for one.')),
    subscription_id: nullable(wireId('subscription', 'The subscription, where it is for one.')),
    created_at: timestamp('When it was made.'),
  },
  { title: 'DunningAssignment', description: 'Who a dunning campaign is for.' },
)

/** Steps that make sense, or a refusal that names each one that does not. */
export function toSteps(bodies: readonly StepBody[]): CampaignStep[] {
  const steps = bodies.map(toStep)
  const problems = checkCampaign(steps)
  const [first] = problems
  if (first === undefined) return steps
  throw new ApiRefusal({
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: first.message,
    param: first.path,
    details: { fields: Object.fromEntries(problems.map(({ path, message }) => [path, [message]])) },
  })
}

function toStep({ day, action, template, access }: StepBody, index: number): CampaignStep {
  const path = `steps[${index}]`
  if (action !== 'email' && template !== undefined)
    throw ApiRefusal.invalid(`${path}.template`, 'Only an email step has a template.')
  if (action !== 'restrict' && access !== undefined)
    throw ApiRefusal.invalid(`${path}.access`, 'Only a restrict step has an access.')
  switch (action) {
    case 'email':
      if (template === undefined)
        throw ApiRefusal.invalid(`${path}.template`, 'Say which mail is sent.')
      return { day, action, template }
    case 'restrict':
      return { day, action, access: access ?? 'none' }
    case 'retry':
    case 'warn':
    case 'pause':
    case 'cancel':
    case 'unpaid':
      return { day, action }
    default:
      return assertNever(action)
  }
}

export function toWireCampaign(row: CampaignRow): Static<typeof CampaignItem> {
  return {
    id: encodeId('dunning_campaign', row.id),
    object: 'dunning_campaign',
    name: row.name,
    description: row.description,
    steps: row.steps.map((step) => ({ ...step })),
    version: row.version,
    archived_at: formatInstantOrNull(row.archived_at),
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}

export function toWirePreviewed({ at, step, access }: PreviewedStep) {
  return { ...step, at: formatInstant(at), access_after: access }
}

export function toWireAssignment(row: AssignmentRow): Static<typeof AssignmentItem> {
  const { target, target_id: id } = row
  return {
    id: encodeId('dunning_assignment', row.id),
    object: 'dunning_assignment',
    campaign_id: encodeId('dunning_campaign', row.campaign_id),
    to: target,
    product_id: target === 'product' ? encodeId('product', id) : null,
    subscription_id: target === 'subscription' ? encodeId('subscription', id) : null,
    created_at: formatInstant(row.created_at),
  }
}
