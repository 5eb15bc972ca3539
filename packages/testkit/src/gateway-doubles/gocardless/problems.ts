import type { DoubleAnswer } from '../json-server.ts'

type ProblemType = 'validation_failed' | 'invalid_state' | 'invalid_api_usage' | 'gocardless'

export type Detail = {
  readonly reason?: string
  readonly field?: string
  readonly message: string
  readonly links?: Readonly<Record<string, string>>
}

export function problem(
  code: number,
  about: { readonly type: ProblemType; readonly message: string },
  errors: readonly Detail[],
): DoubleAnswer {
  const documentation = 'https://developer.gocardless.com/api-reference'
  const requestId = 'dd50eaaf-8213-48fe-90d6-5466872efbc4'
  return {
    status: code,
    body: {
      error: { ...about, errors, code, request_id: requestId, documentation_url: documentation },
    },
  }
}

export function invalidField(field: string, message: string): DoubleAnswer {
  const about = { type: 'validation_failed', message: 'Validation failed' } as const
  return problem(422, about, [{ field, message }])
}

export function wrongState(reason: string, message: string): DoubleAnswer {
  return problem(422, { type: 'invalid_state', message }, [{ reason, message }])
}

export function notFound(): DoubleAnswer {
  const message = 'Resource not found'
  const about = { type: 'invalid_api_usage', message } as const
  return problem(404, about, [{ reason: 'resource_not_found', message }])
}

/** A creation whose key was used before names what that made; what is sent now is not looked at. */
export function madeBefore(id: string): DoubleAnswer {
  const message = 'A resource has already been created with this idempotency key'
  const links = { conflicting_resource_id: id }
  const about = { type: 'invalid_state', message } as const
  return problem(409, about, [{ reason: 'idempotent_creation_conflict', message, links }])
}
