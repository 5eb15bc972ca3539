export type { ApiDeps, ApiInstance, ApiModule } from './api-instance.ts'
export { ApiRefusal, type CatalogueEntry, type ErrorCatalogue, acceptedOr } from './api-refusal.ts'
export type { ApiKeyRecord, FindApiKey } from './authenticate.ts'
export {
  conflict,
  illegal,
  impossible,
  invalid,
  MAP_TOO_LARGE,
  unknown,
} from './catalogue-entries.ts'
export { cardNumberRefused, isCardNumber } from './card-numbers.ts'
export { createCallerLimit } from './caller-limit.ts'
export { closingSignal } from './closing-signal.ts'
export { createApi } from './create-api.ts'
export { toErrorEnvelope } from './error-envelope.ts'
export { toProblem } from './error-handler.ts'
export { addIdempotency, idempotencyKeyOf } from './idempotency-hooks.ts'
export { findUnstorable } from './normalise-input.ts'
export { noted } from './idempotency/idempotency.ts'
export type { MadeObject } from './idempotency/queries.ts'
export { startKeySweep } from './idempotency/sweep-keys.ts'
export { IN_PROCESS } from './in-process.ts'
export { toOpenApi } from './openapi.ts'
export { readDate } from './read-date.ts'
export { toReferencePage } from './reference-page.ts'
export { toCommandContext } from './request-context.ts'
export { type Scope, allows, isKnownScope, requireScope, scopeBeyond } from './scopes.ts'
export { firstOfEach } from './first-of-each.ts'
export { API_VERSION } from './v2-hooks.ts'
export { createValidatorCompiler } from './validate.ts'
