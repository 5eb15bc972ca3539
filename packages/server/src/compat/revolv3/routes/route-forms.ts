/** This face is described in its guide, not in the API document. */
export const hidden = { schema: { hide: true } } as const

export type Id = { Params: { id: string } }
export type Query = { Querystring: Readonly<Record<string, string | undefined>> }
