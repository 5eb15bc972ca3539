import { scopeKey } from '../../vault/state.ts'
import { toAccountName } from '../account-name.ts'
import { type Answer, answerWith } from '../answer.ts'
import { faultBody, readerOf, webhookBody } from '../bodies.ts'
import type { Call } from '../call.ts'
import { type Context, record } from '../context.ts'

const readWebhook = readerOf(webhookBody)
const readFault = readerOf(faultBody)

/** PUT /gateways/{id}/webhook: where an account is told what falls due from now on, and how. */
export function setWebhook(context: Context, call: Call, gatewayId: string): Answer {
  const reading = readWebhook(call.body)
  if (reading.kind === 'refused') return reading.answer
  const { url, secret, delivery = 'in_order' } = reading.value
  const account = toAccountName(reading.value.account)
  const scope = { account, gatewayId }
  record(context, {
    kind: 'endpoint_set',
    endpoint: {
      ...scope,
      id: `plain/${gatewayId}`,
      dialect: 'plain',
      url,
      secret,
      delivery,
      types: [],
      position: {
        at: call.showsTime ? call.at : (context.state.seenAt.get(account) ?? call.at),
        sequence: context.state.timelines.get(scopeKey(scope))?.sequence ?? 0,
      },
    },
  })
  return answerWith({ account, gateway: gatewayId, url, delivery })
}

/** PUT /gateways/{id}/fault: how the gateway fails one account until it is told otherwise, or the world ends. */
export function setFault(context: Context, call: Call, gatewayId: string): Answer {
  const reading = readFault(call.body)
  if (reading.kind === 'refused') return reading.answer
  const { fault, ms = 0 } = reading.value
  const account = toAccountName(reading.value.account)
  const key = scopeKey({ account, gatewayId })
  if (fault === 'none') context.faults.delete(key)
  else context.faults.set(key, { kind: fault, waitMs: ms })
  return answerWith({ account, gateway: gatewayId, fault, ms })
}
