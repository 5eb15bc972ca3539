import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import type { Platform } from './connector.ts'

const count = (description: string) => Type.Integer({ description })

const itemFields = {
  id: wireId('connector', 'Id of the connector.'),
  object: oneOf(['recovery_connector'], { description: 'Always "recovery_connector".' }),
  platform: Type.String({ description: 'The billing system.' }),
  client_id: wireId('recovery_client', 'The recovery client whose payments it hands over.'),
  enabled: Type.Boolean({ description: 'Whether its webhooks are taken.' }),
  webhook_url: Type.String({ description: 'The address to enter at the platform.' }),
  credentials: mapField('Which credentials are kept; of secrets the last four characters.'),
  created_at: timestamp('When it was made.'),
  updated_at: timestamp('When it was last changed.'),
}

export const ConnectorItem = Type.Object(itemFields, {
  title: 'RecoveryConnector',
  description: 'An outside billing system whose failed payments are recovered.',
})

export const ConnectorWithHealth = Type.Object(
  {
    ...itemFields,
    health: Type.Object(
      {
        events_waiting: count('Events that are still to be acted on; counted up to 1,000.'),
        events_parked: count('Events that failed eight times; POST …/retry tries them again.'),
        write_backs_waiting: count('Payments that the platform is still to be told of.'),
        write_backs_dead: count('Payments that the platform would not take.'),
        last_event_at: nullable(timestamp('When the platform was last heard.')),
        last_problem: nullable(Type.String({ description: 'What the latest failure said.' })),
      },
      { description: 'Whether it works.' },
    ),
  },
  { title: 'RecoveryConnectorWithHealth', description: 'A connector, and how it is doing.' },
)

const credentials = Type.Record(Type.String({ maxLength: 60 }), Type.String({ maxLength: 4_000 }), {
  description: 'By name; an error names the one that is missing. Sealed at rest, shown masked.',
})
const baseUrl = Type.Optional(
  nullable(
    textField('Sandboxes only: another address in the place of the platform’s.', { format: 'url' }),
  ),
)
const enabled = Type.Optional(Type.Boolean({ description: 'Whether its webhooks are taken.' }))

/** `platforms`: those that there are adapters for. */
export const connectorBody = (platforms: readonly Platform[]) =>
  Type.Object({
    platform: oneOf(platforms, { description: 'The billing system.' }),
    client_id: idField('recovery_client', 'The recovery client whose payments it hands over.'),
    credentials,
    base_url: baseUrl,
    enabled,
  })

export const ConnectorChange = Type.Object({
  credentials: Type.Optional(credentials),
  base_url: baseUrl,
  enabled,
})

export const ConnectorParams = Type.Object({ id: idField('connector', 'Id of the connector.') })
export const ConnectorListQuery = Type.Object(cursorQuery('connector'))
