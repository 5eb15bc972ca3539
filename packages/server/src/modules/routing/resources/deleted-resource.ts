import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'

export const DeletedResource = Type.Object(
  {
    id: Type.String({ description: 'Id of what was deleted.' }),
    deleted: Type.Literal(true, { description: 'Always true.' }),
  },
  { title: 'DeletedResource', description: 'Something that was deleted.' },
)

export function toDeleted(kind: IdKind, id: Uuid) {
  return { id: encodeId(kind, id), deleted: true as const }
}
