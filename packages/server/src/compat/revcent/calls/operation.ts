import type { Uuid } from '@perennial/core/ids'
import type { Static, TObject } from 'typebox'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Scope } from '../../../platform/http/index.ts'
import { validateWith } from './validate.ts'
import type { V2 } from './v2.ts'

/** What every operation is handed besides its input. */
export type Caller = {
  readonly deps: BillingDeps
  readonly context: CommandContext
  readonly apiKeyId: Uuid
  readonly v2: V2
}

export type Json = Readonly<Record<string, unknown>>

/** What an operation answers with; the envelope is put around it. */
export type Told =
  | { readonly kind: 'action'; readonly fields: Json; readonly result?: string }
  | { readonly kind: 'object'; readonly idName: string; readonly object: Json }
  | { readonly kind: 'list'; readonly rows: readonly Json[]; readonly page: ListPage }

export type ListPage = {
  readonly page: number
  readonly limit: number
  readonly hasMore: boolean
}

/** The type and the method by which version 1 calls it, and by which a key is permitted to. */
export type Pair = { readonly type: string; readonly method: string }

export type Schemas = { readonly params: TObject; readonly query: TObject; readonly body: TObject }

export type RawInput = { readonly params: unknown; readonly query: unknown; readonly body: unknown }

export type Operation = {
  readonly name: string
  readonly summary: string
  readonly method: 'GET' | 'POST'
  /** Under `/revcent/v2`, with `:names`. */
  readonly path: string
  readonly pair: Pair
  readonly scope: Scope
  readonly schemas: Schemas
  run(caller: Caller, raw: RawInput): Promise<Told>
}

/** An operation whose handler gets what its schemas let through. */
export function operation<Params extends TObject, Query extends TObject, Body extends TObject>(
  given: Omit<Operation, 'run' | 'schemas'> & {
    readonly schemas: { readonly params: Params; readonly query: Query; readonly body: Body }
    readonly handle: (
      caller: Caller,
      input: {
        readonly params: Static<Params>
        readonly query: Static<Query>
        readonly body: Static<Body>
      },
    ) => Promise<Told>
  },
): Operation {
  const { handle, ...rest } = given
  const { params, query, body } = given.schemas
  const readParams = validateWith(params, 'params')
  const readQuery = validateWith(query, 'querystring')
  const readBody = validateWith(body, 'body')
  return {
    ...rest,
    run: async (caller, raw) =>
      handle(caller, {
        params: readParams(raw.params),
        query: readQuery(raw.query),
        body: readBody(raw.body),
      }),
  }
}
