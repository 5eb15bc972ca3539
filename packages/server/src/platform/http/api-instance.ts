import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock/index.ts'
import type { CommandContext } from '../command/index.ts'
import type { Config } from '../config/index.ts'
import type { Database } from '../db/index.ts'
import type { Ids } from '../ids/index.ts'
import type { Logger } from '../log/index.ts'
import type { ApiKeyRecord } from './authenticate.ts'
import type { ChangedBy } from './fixed-fields.ts'
import type { Admission, ObjectLoaders } from './idempotency/idempotency.ts'
import type { Claim, MadeObject } from './idempotency/queries.ts'
import type { Scope } from './scopes.ts'

/** A Fastify instance whose handlers are typed by their TypeBox schemas. */
export type ApiInstance = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** What `createApi` hands to every module. */
export type ApiDeps = {
  readonly config: Pick<Config, 'publicUrl' | 'rateLimit'>
  readonly database: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  /** How a module says which body a repeated request is answered with after a crash. */
  readonly loaders: ObjectLoaders
}

/** Registers the routes of one module; paths are relative to /v2. */
export type ApiModule = (app: ApiInstance, deps: ApiDeps) => void

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must be allowed to do to call this route. Every route under /v2 names one. */
    scope?: Scope
    /** Of an answer that went well, where no schema says it. */
    successStatus?: number
    /**
     * The body that tells of what the request made, where the loader of that kind of object does not. It refuses where the
     * handler would have. `asked` has been validated by the route's schemas.
     */
    reload?: (
      context: CommandContext,
      object: MadeObject,
      asked: Pick<FastifyRequest, 'params' | 'body'>,
    ) => Promise<object | null>
    /** Members of `data` that are never stored: a replay of the request answers without them. */
    shownOnce?: readonly string[]
    /** Of fields that are taken when something is made: which call changes them, where this one does not. */
    changedBy?: ChangedBy
    /** Refuses fields that were taken when something was made and stay as they are. */
    checkFixed?: (body: unknown) => void
    normaliseBody?: (input: unknown) => unknown
    normaliseQuery?: (input: unknown) => unknown
    /** Refuses query parameters that the route does not have. */
    checkQuery?: (query: unknown) => void
  }
  interface FastifyRequest {
    /** Set on routes under /v2; a fault elsewhere. */
    readonly context: CommandContext
    apiKey: ApiKeyRecord | null
    commandContext: CommandContext | null
    claim: Claim | null
    /** Set on the repetition of a request whose process died. */
    repeats: Extract<Admission, { kind: 'reload' }> | null
    bodyText: string
    /** Body and query under the names that the caller used; errors use them too. */
    sent: readonly unknown[] | null
    startedAtMs: number
  }
}
