import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { MadeObject } from '../../../platform/http/index.ts'

/** This face is described in its guide, not in the API document. */
export const hidden = { schema: { hide: true } } as const

/** A call that moves money: with an `Idempotency-Key` it runs once, and `reload` tells again what it made. */
export function onceAKey(
  successStatus: 200 | 201,
  reload: (context: CommandContext, id: Uuid, kind: MadeObject['kind']) => Promise<object | null>,
) {
  const told = (context: CommandContext, { id, kind }: MadeObject) => reload(context, id, kind)
  return { ...hidden, config: { successStatus, reload: told } } as const
}

export type Id = { Params: { id: string } }
export type Query = { Querystring: Readonly<Record<string, string | undefined>> }
