import Type, { type Static, type TObject, type TProperties, type TUnsafe } from 'typebox'

/**
 * An object of a request in which a field that nobody knows is refused. Elsewhere it is passed over, but here a filter with a
 * typing mistake would be no filter at all. `allOf` keeps such fields until they are looked at.
 */
export function strictObject<Properties extends TProperties>(
  properties: Properties,
  options: { readonly description?: string } = {},
): TUnsafe<Static<TObject<Properties>>> {
  const object = Type.Object(properties, { additionalProperties: false })
  return Type.Unsafe<Static<TObject<Properties>>>({ ...options, allOf: [object] })
}
