import { assertNever } from '@perennial/core/fault'
import { applyCharge, applyChargeChange } from './apply-charge.ts'
import { applyDispute, applyRefund } from './apply-refund.ts'
import type { Endpoint } from './endpoint.ts'
import {
  type Entry,
  type HistoryEntry,
  type State,
  type TokenWatch,
  remember,
  tell,
  thingKey,
  watchKey,
} from './state.ts'

/** The same for what just happened and for what the journal tells after a restart. */
export function applyEntry(state: State, entry: Entry): void {
  switch (entry.kind) {
    case 'opened':
      state.salt = entry.salt
      return
    case 'token_minted':
      remember(state.tokens, entry.token.token, entry.token, state.keep)
      return
    case 'attempted':
      applyCharge(state, entry)
      return applyHistory(state, entry.history)
    case 'charge_changed':
      applyChargeChange(state, entry)
      return applyHistory(state, entry.history)
    case 'refunded':
      return applyRefund(state, entry.refund)
    case 'disputed':
      return applyDispute(state, entry.dispute, entry.at)
    case 'token_watched':
      return applyWatch(state, entry.watch)
    case 'thing_kept':
      remember(state.things, thingKey(entry.thing), entry.thing, state.keep)
      return
    case 'endpoint_set':
      return changeEndpoints(state, entry.endpoint.account, (endpoints) =>
        endpoints.set(entry.endpoint.id, entry.endpoint),
      )
    case 'endpoint_removed':
      return changeEndpoints(state, entry.endpoint.account, (endpoints) =>
        endpoints.delete(entry.endpoint.id),
      )
    default:
      assertNever(entry)
  }
}

function applyHistory(state: State, entry: HistoryEntry | null): void {
  if (entry === null) return
  state.histories.delete(entry.key) // so that the oldest is the one longest unused
  remember(state.histories, entry.key, entry.history, state.keep)
}

function applyWatch(state: State, watch: TokenWatch): void {
  const key = watchKey(watch)
  remember(state.watches, key, watch, state.keep)
  tell(state, watch, { at: watch.changesAt, kind: 'token_changed', id: key })
}

function changeEndpoints(
  state: State,
  account: string,
  change: (endpoints: Map<string, Endpoint>) => unknown,
): void {
  const endpoints = new Map(state.endpoints.get(account))
  change(endpoints)
  if (endpoints.size === 0) state.endpoints.delete(account)
  else state.endpoints.set(account, endpoints)
}
