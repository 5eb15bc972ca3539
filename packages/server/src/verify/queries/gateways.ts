import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const sealed: Check = {
  name: 'gateway_credentials_sealed',
  promise: 'What is stored of a gateway’s credentials is sealed, the set before a rotation too.',
  find: (scope) => sql`
    select g.account_id, g.id::text as id,
           'its credentials are not sealed' as message
      from gateways g
     where ${ofAccount(scope, 'g')}
       and (g.credentials_sealed !~ '^1[.][0-9a-f]{8}[.][A-Za-z0-9_-]{38,}$'
            or g.previous_credentials_sealed !~ '^1[.][0-9a-f]{8}[.][A-Za-z0-9_-]{38,}$')`,
}

export const gatewayChecks: readonly Check[] = [sealed]
