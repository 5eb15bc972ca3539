/** Of the path of a route for one thing, where its like are: `/v2/prices` of `/v2/prices/:id`. Null of any other path. */
export function collectionOf(path: string): string | null {
  return /^(.*)\/:\w+$/.exec(path)?.[1] ?? null
}
