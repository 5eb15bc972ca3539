import Type, { type TObject, type TProperties } from 'typebox'

/**
 * An object of a request in which every field that nobody knows is refused: where leaving one out means everything (all that was
 * paid, all subscriptions, no preview), a misspelt one must not be passed over.
 */
export function closedObject<Properties extends TProperties>(
  properties: Properties,
  options: { readonly description?: string } = {},
): TObject<Properties> {
  return Type.Object(properties, { ...options, additionalProperties: false })
}
