import type { GatewayNotice, MethodChange } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { readList, readNumber, readText, type JsonRecord } from '../../platform/foreign/index.ts'

/** "Card updated" of the vendor's event types; what else it may say there is no change of a card. */
const CHANGES: Readonly<Record<string, MethodChange['change']>> = {
  card_updated: 'updated',
  card_expiry_updated: 'updated',
  card_closed: 'closed',
}

/** What an account updater has found of a card: one notice for each instrument that stands for it. */
export function readCardUpdate(
  data: JsonRecord,
  told: { readonly id: string; readonly at: Instant },
): readonly GatewayNotice[] {
  const change = CHANGES[readText(data, 'reason_type') ?? '']
  if (change === undefined) return []
  const card = (field: string) => readNumber(data, 'replacement_card', field)
  const details =
    change === 'closed'
      ? { last4: null, expMonth: null, expYear: null }
      : {
          last4: readText(data, 'replacement_card', 'last4'),
          expMonth: card('expiry_month'),
          expYear: card('expiry_year'),
        }
  return (readList(data, 'sources') ?? []).flatMap((source) => {
    const token = readText(source, 'id')
    if (token === null) return []
    const method: MethodChange = { token, change, newToken: null, ...details }
    return [{ id: `${told.id}:${token}`, at: told.at, kind: 'method', method } as const]
  })
}
