import Type from 'typebox'
import { oneOf } from '../wire/index.ts'
import type { Problem } from './api-refusal.ts'

/** Every answer that is not 2xx. The top-level `message` is for SDKs that look no deeper (revkeen 3.5). */
export function toErrorEnvelope(problem: Problem, requestId: string) {
  const { type, code, message, param, details, declineCode } = problem
  return {
    error: {
      type,
      code,
      message,
      ...(param === undefined ? {} : { param }),
      ...(details === undefined ? {} : { details }),
      request_id: requestId,
      ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    },
    message,
  }
}

export const ErrorEnvelope = Type.Object(
  {
    error: Type.Object(
      {
        type: oneOf(
          [
            'invalid_request_error',
            'authentication_error',
            'authorization_error',
            'card_error',
            'idempotency_error',
            'rate_limit_error',
            'api_error',
          ],
          { description: 'Family of the error.' },
        ),
        code: Type.String({ description: 'What went wrong, for programs.' }),
        message: Type.String({ description: 'What went wrong, for people.' }),
        param: Type.Optional(Type.String({ description: 'The field it is about.' })),
        details: Type.Optional(
          Type.Unsafe<object>({
            type: 'object',
            additionalProperties: true,
            description:
              'More, by code: `fields` names each invalid field, `retry_after` is in seconds.',
          }),
        ),
        request_id: Type.String({ description: 'Id of the request, for support.' }),
        decline_code: Type.Optional(Type.String({ description: 'Why a card was declined.' })),
      },
      { description: 'The error.' },
    ),
    message: Type.String({ description: 'Copy of error.message.' }),
  },
  { title: 'Error', description: 'What every failed request answers.' },
)
