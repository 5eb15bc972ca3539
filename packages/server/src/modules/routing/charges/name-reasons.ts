import { describeReason, type RouteReason } from '@perennial/core/routing'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { toWireJson } from '../json-forms.ts'
import { listGatewayNames, listGroups } from '../queries/setup.ts'

/** Turns reasons into what the API shows: their data, and a sentence with the names of gateways and groups. */
export async function createReasonTeller(
  tx: Tx,
  accountId: Uuid,
): Promise<(reasons: readonly RouteReason[]) => JsonObject[]> {
  const [gateways, groups] = await Promise.all([
    listGatewayNames(tx, accountId),
    listGroups(tx, accountId),
  ])
  const names = new Map([...gateways, ...groups].map(({ id, name }) => [id, name]))
  const nameOf = (id: Uuid): string => names.get(id) ?? encodeId('payment_method', id)
  return (reasons) =>
    reasons.map((reason) => ({
      ...(toWireJson(reason) as JsonObject),
      text: describeReason(reason, nameOf),
    }))
}
