import { encodeId } from '@perennial/core/ids'
import { operation, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { toCode } from '../../wire/codes.ts'
import { code, nothing, pathId, strict } from '../../wire/fields.ts'
import {
  PaymentProfileCreate,
  PaymentProfileEdit,
  toDefinition,
} from '../../wire/payment-profile-schemas.ts'

const params = strict({ payment_profile_id: code('Id of the payment profile.') })

export const paymentProfileOperations: readonly Operation[] = [
  operation({
    name: 'CreatePaymentProfile',
    summary: 'Create a payment profile',
    method: 'POST',
    path: '/payment_profiles',
    pair: { type: 'payment_profile', method: 'create' },
    scope: 'routing:write',
    schemas: { params: nothing, query: nothing, body: PaymentProfileCreate },
    handle: async ({ v2, context }, { body }) => {
      const definition = toDefinition(body, context.account.currency)
      if (definition === undefined) throw FaceRefusal.invalid('steps or payment_flow is required.')
      const { name, description, enabled } = body
      const made = await v2.send('POST', '/payment-profiles', { name, description, enabled, definition }) // prettier-ignore
      const id = toCode(made.idAt('payment_profile', 'data.id'))
      return { kind: 'action', fields: { payment_profile_id: id }, result: 'Payment profile created.' } // prettier-ignore
    },
  }),
  operation({
    name: 'EditPaymentProfile',
    summary: 'Edit a payment profile',
    method: 'POST',
    path: '/payment_profiles/:payment_profile_id',
    pair: { type: 'payment_profile', method: 'edit' },
    scope: 'routing:write',
    schemas: { params, query: nothing, body: PaymentProfileEdit },
    handle: async ({ v2, context }, { params: { payment_profile_id: text }, body }) => {
      const id = encodeId('payment_profile', pathId(text, 'payment profile'))
      const definition = toDefinition(body, context.account.currency)
      const { name, description, enabled } = body
      await v2.send('PATCH', `/payment-profiles/${id}`, { name, description, enabled, definition })
      return { kind: 'action', fields: { payment_profile_id: text }, result: 'Payment profile edited.' } // prettier-ignore
    },
  }),
]
