import { isDeclineCode } from '@perennial/core/declines'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { RouteStep } from '@perennial/core/routing'
import { toWireMinor } from '@perennial/core/money'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, type ApiInstance } from '../../../platform/http/index.ts'
import {
  amount,
  amountField,
  currencyField,
  given,
  idField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
  wireId,
} from '../../../platform/wire/index.ts'
import { DefinitionBody, REQUEST_TYPES } from '../resources/definition-schemas.ts'
import { PaymentProfileParams, readDefinition } from '../resources/payment-profiles.ts'
import { ReasonItem } from './decision-routes.ts'
import { createReasonTeller } from './name-reasons.ts'
import { type DescribedCharge, simulateRoute, type TriedProfile } from './simulate.ts'

const ChargeBody = Type.Object(
  {
    requestType: oneOf(REQUEST_TYPES, {
      description: 'What the charge is for.',
      default: 'subscription_renewal',
    }),
    amount: amountField('What is owed, in minor units.'),
    currency: currencyField('Its currency, ISO 4217.'),
    subscriptionId: Type.Optional(
      idField('subscription', 'Takes methods, segments and products from this subscription.'),
    ),
    customerId: Type.Optional(idField('customer', 'Takes the default method of this customer.')),
    paymentMethod: Type.Optional(
      Type.Object(
        {
          brand: Type.Optional(textField('Brand, such as visa.', { maxLength: 50 })),
          bin: Type.Optional(
            textField('First six to eight digits.', { pattern: '^\\d{6,8}$', maxLength: 8 }),
          ),
        },
        { description: 'Instead of a stored one: a card with a token at every gateway.' },
      ),
    ),
    attemptsMade: integerField('Attempts on it before.', {
      minimum: 0,
      maximum: 1000,
      default: 0,
    }),
    productIds: Type.Optional(
      Type.Array(idField('product', 'Id of a product.'), {
        maxItems: 100,
        description: 'What is bought.',
      }),
    ),
    customerGroups: Type.Optional(
      Type.Array(textField('A group.', { maxLength: 100 }), {
        maxItems: 20,
        description: 'Groups of the customer.',
      }),
    ),
    campaign: Type.Optional(textField('Name of the campaign.', { maxLength: 100 })),
    metadata: Type.Optional(mapField('Metadata of what is charged.')),
    forcedGatewayId: Type.Optional(nullable(idField('gateway', 'As if forced to this gateway.'))),
    preferredGatewayId: Type.Optional(nullable(idField('gateway', 'As if it were preferred.'))),
    lastSuccessGatewayId: Type.Optional(
      nullable(idField('gateway', 'As if it had approved the last charge.')),
    ),
    outcomes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            kind: oneOf(['approved', 'declined'], { description: 'What comes of the charge.' }),
            code: textField('Of a decline: its normalised code.', { maxLength: 60 }),
          },
          { description: 'What comes of one charge.', required: ['kind'] },
        ),
        {
          maxItems: 10,
          description:
            'What comes of the charges in turn; every further one is declined as generic_decline.',
        },
      ),
    ),
  },
  { description: 'The charge to find a way for.' },
)

const SimulateBody = Type.Object({ charge: ChargeBody })
const SimulateDefinitionBody = Type.Object({ definition: DefinitionBody, charge: ChargeBody })

const SimulatedRoute = Type.Object(
  {
    object: oneOf(['simulated_route'], { description: 'Always "simulated_route".' }),
    steps: Type.Array(
      Type.Object(
        {
          kind: oneOf(['charge', 'stop'], { description: 'Whether it is a charge, or the end.' }),
          gateway_id: nullable(wireId('gateway', 'The gateway that would be charged.')),
          payment_method_id: nullable(
            wireId('payment_method', 'The method that would be charged; null for a described one.'),
          ),
          amount: nullable(amount('What it would ask for, in minor units.')),
          stop_code: nullable(Type.String({ description: 'Why it ends here.' })),
          reasons: Type.Array(ReasonItem, { description: 'What was looked at, in order.' }),
        },
        { description: 'One decision.' },
      ),
      { description: 'Every charge in turn, then the end.' },
    ),
  },
  { title: 'SimulatedRoute', description: 'Which way a charge would go, and why.' },
)

const tags = ['Payment profiles']
const config = { scope: 'routing:read' } as const
const response = { 200: Type.Object({ data: SimulatedRoute }) }

export function addSimulateRoutes(app: ApiInstance): void {
  app.post(
    '/payment-profiles/simulate',
    {
      config,
      schema: {
        tags,
        summary: 'Show which way a charge would go by a profile that is not saved',
        body: SimulateDefinitionBody,
        response,
      },
    },
    async ({ context, body }) => {
      const tried = { definition: readDefinition(body.definition) }
      return { data: await simulate(context, tried, body.charge) }
    },
  )

  app.post(
    '/payment-profiles/:id/simulate',
    {
      config,
      schema: {
        tags,
        summary: 'Show which way a charge would go, without charging',
        params: PaymentProfileParams,
        body: SimulateBody,
        response,
      },
    },
    async ({ context, params, body }) => ({
      data: await simulate(context, { id: params.id }, body.charge),
    }),
  )
}

async function simulate(
  context: CommandContext,
  tried: TriedProfile,
  charge: Static<typeof ChargeBody>,
) {
  const steps = await simulateRoute(context, tried, toDescribed(charge))
  const tell = await context.inTx((tx) => createReasonTeller(tx, context.accountId))
  const isStored = charge.paymentMethod === undefined && hasPayer(charge)
  return {
    object: 'simulated_route' as const,
    steps: steps.map((step) => ({ ...toWireStep(step, isStored), reasons: tell(step.reasons) })),
  }
}

function hasPayer(charge: Static<typeof ChargeBody>): boolean {
  return charge.subscriptionId !== undefined || charge.customerId !== undefined
}

function toWireStep(step: RouteStep, isStored: boolean) {
  if (step.kind === 'stop') {
    const nothing = { gateway_id: null, payment_method_id: null, amount: null }
    return { kind: step.kind, ...nothing, stop_code: step.code }
  }
  const methodId = (id: Uuid) => (isStored ? encodeId('payment_method', id) : null)
  return {
    kind: step.kind,
    gateway_id: encodeId('gateway', step.gatewayId),
    payment_method_id: methodId(step.paymentMethodId),
    amount: toWireMinor(step.amountMinor),
    stop_code: null,
  }
}

function toDescribed(body: Static<typeof ChargeBody>): DescribedCharge {
  const { paymentMethod: method } = body
  return {
    requestType: body.requestType,
    amountMinor: body.amount,
    currency: body.currency,
    subscriptionId: body.subscriptionId ?? null,
    customerId: body.customerId ?? null,
    method: method === undefined ? null : { brand: method.brand ?? null, bin: method.bin ?? null },
    attemptsMade: body.attemptsMade,
    facts: {
      ...given('productIds', body.productIds),
      ...given('customerGroups', body.customerGroups),
      ...given('campaign', body.campaign),
      ...given('metadata', body.metadata === undefined ? undefined : textValues(body.metadata)),
      ...given('forcedGatewayId', body.forcedGatewayId),
      ...given('preferredGatewayId', body.preferredGatewayId),
      ...given('lastSuccessGatewayId', body.lastSuccessGatewayId),
    },
    outcomes: (body.outcomes ?? []).map(toOutcome),
  }
}

/** A misspelt code would go another way than the decline that was meant. */
function toOutcome(
  outcome: NonNullable<Static<typeof ChargeBody>['outcomes']>[number],
  index: number,
): DescribedCharge['outcomes'][number] {
  const { kind } = outcome
  const code = outcome.code ?? 'generic_decline'
  if (isDeclineCode(code)) return { kind, code }
  throw ApiRefusal.invalid(
    `charge.outcomes[${index}].code`,
    `There is no decline code "${code}". GET /api/lookup/decline-codes lists them.`,
  )
}

/** Filters compare text: numbers and truths are compared as they are written. */
function textValues(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[key, String(value)]]
        : [],
    ),
  )
}
