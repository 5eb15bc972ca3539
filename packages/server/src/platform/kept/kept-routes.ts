import { encodeId, type Uuid } from '@perennial/core/ids'
import type { FastifyTypeProviderDefault } from 'fastify'
import Type, { type Static, type TSchema } from 'typebox'
import type { CommandContext } from '../command/index.ts'
import {
  acceptedOr,
  type ApiDeps,
  type ApiInstance,
  ApiRefusal,
  type ErrorCatalogue,
  type Scope,
  unknown,
} from '../http/index.ts'
import { changeKept, createKept, type Deletable, deleteKept, type Kept, type KeptFields, readKept } from './kept.ts' // prettier-ignore
import type { KeptRow, KeptTable } from './queries.ts'

/** What the routes of one kind of kept thing have of their own; its list is a route of the module. */
export type KeptResource<
  T extends KeptTable,
  Taken extends string,
  Create extends TSchema,
  Change extends TSchema,
> = {
  readonly kept: Kept<T, Taken>
  /** Under /v2: `/tax-rates`. */
  readonly path: string
  /** What one is called: `tax rate`. */
  readonly name: string
  readonly tag: string
  readonly read: { readonly scope: Scope }
  readonly write: { readonly scope: Scope }
  readonly errors: ErrorCatalogue<Taken>
  readonly params: TSchema
  readonly item: TSchema
  readonly toItem: (row: KeptRow<T>) => object
  readonly create: {
    readonly body: Create
    readonly toFields: (body: Static<Create>, context: CommandContext) => KeptFields<T>
  }
  readonly change: {
    readonly body: Change
    readonly description?: string
    readonly toFields: (body: Static<Change>, before: KeptRow<T>) => KeptFields<T>
  }
}

type AnyResource<T extends KeptTable, Taken extends string> = Omit<
  KeptResource<T, Taken, TSchema, TSchema>,
  'create' | 'change'
>

/** Shows, creates and changes one kind of kept thing. How it goes away is said beside: archived or deleted. */
export function addKeptRoutes<
  T extends KeptTable,
  Taken extends string,
  Create extends TSchema,
  Change extends TSchema,
>(
  app: ApiInstance,
  { loaders }: Pick<ApiDeps, 'loaders'>,
  resource: KeptResource<T, Taken, Create, Change>,
): void {
  const { kept, path, name, params } = resource
  const { tags, answer, answerWith } = partsOf(resource)
  const find = async (context: CommandContext, id: Uuid) => {
    const row = await readKept(context, kept, id)
    return row === null ? null : answerWith(row)
  }
  loaders.register(kept.kind, find)

  app.withTypeProvider<FastifyTypeProviderDefault>().get(
    `${path}/:id`,
    {
      config: resource.read,
      schema: { tags, summary: `Show a ${name}`, params, response: { 200: answer } },
    },
    async (request) => {
      const found = await find(request.context, idIn(request))
      if (found === null) throw ApiRefusal.notFound(name)
      return found
    },
  )
  addWrites(app, resource)
}

function addWrites<
  T extends KeptTable,
  Taken extends string,
  Create extends TSchema,
  Change extends TSchema,
>(app: ApiInstance, resource: KeptResource<T, Taken, Create, Change>): void {
  const { kept, path, name, write, params, create, change } = resource
  const { tags, answer, errors, answerWith } = partsOf(resource)
  const routes = app.withTypeProvider<FastifyTypeProviderDefault>()
  routes.post(
    path,
    {
      config: write,
      schema: {
        tags,
        summary: `Create a ${name}`,
        body: create.body,
        response: { 201: answer },
      },
    },
    async ({ context, body }, reply) => {
      // A parsed boundary: the validator has held the body to this very schema, here and below.
      const fields = create.toFields(body as Static<Create>, context)
      const made = await createKept(context, kept, fields)
      return reply.code(201).send(answerWith(acceptedOr(made, errors)))
    },
  )

  const { description } = change
  routes.patch(
    `${path}/:id`,
    {
      config: write,
      schema: {
        tags,
        summary: `Change a ${name}`,
        ...(description === undefined ? {} : { description }),
        params,
        body: change.body,
        response: { 200: answer },
      },
    },
    async (request) => {
      const { context, body } = request
      const changed = await changeKept(context, kept, {
        id: idIn(request),
        change: (before) => change.toFields(body as Static<Change>, before),
      })
      return answerWith(acceptedOr(changed, errors))
    },
  )
}

/** What bills name goes away as archived: it stays readable, and `description` says what it does no more. */
export function addArchiveRoute<
  T extends 'discounts' | 'tax_rates' | 'shipping_profiles' | 'salvage_profiles',
  Taken extends string,
>(app: ApiInstance, resource: AnyResource<T, Taken>, description: string): void {
  const { kept, path, name, write, params } = resource
  const { tags, answer, errors, answerWith } = partsOf(resource)
  app.withTypeProvider<FastifyTypeProviderDefault>().delete(
    `${path}/:id`,
    {
      config: write,
      schema: {
        tags,
        summary: `Archive a ${name}`,
        description,
        params,
        response: { 200: answer },
      },
    },
    async (request) => {
      const archived = { status: 'archived' } as unknown as KeptFields<T>
      const change = { id: idIn(request), change: () => archived }
      return answerWith(acceptedOr(await changeKept(request.context, kept, change), errors))
    },
  )
}

const DeletedResource = Type.Object(
  {
    id: Type.String({ description: 'Id of what was deleted.' }),
    deleted: Type.Literal(true, { description: 'Always true.' }),
  },
  { title: 'DeletedResource', description: 'Something that was deleted.' },
)

/** What nothing on record names goes away for good, once nothing uses it. */
export function addDeleteRoute<T extends KeptTable, Taken extends string>(
  app: ApiInstance,
  resource: AnyResource<T, Taken> & { readonly kept: Deletable },
): void {
  const { kept, path, name, write, params } = resource
  const { tags, errors } = partsOf(resource)
  app.withTypeProvider<FastifyTypeProviderDefault>().delete(
    `${path}/:id`,
    {
      config: write,
      schema: {
        tags,
        summary: `Delete a ${name}`,
        description: 'Refused while something uses it; the error names what.',
        params,
        response: { 200: Type.Object({ data: DeletedResource }) },
      },
    },
    async (request) => {
      const { id } = acceptedOr(await deleteKept(request.context, kept, idIn(request)), errors)
      return { data: { id: encodeId(kept.kind, id), deleted: true } }
    },
  )
}

function partsOf<T extends KeptTable, Taken extends string>(resource: AnyResource<T, Taken>) {
  const { name, tag, item, toItem } = resource
  const errors = {
    ...resource.errors,
    not_found: unknown(name),
    resource_in_use: {
      status: 400,
      type: 'invalid_request_error',
      code: 'resource_in_use',
      message: 'It is still used. Take it out of what uses it first.',
    },
    // What another has is never among what is not found, which no type can tell of a name that is open.
  } as ErrorCatalogue<Taken | 'not_found' | 'resource_in_use'>
  const answerWith = (row: KeptRow<T>) => ({ data: toItem(row) })
  return { tags: [tag], answer: Type.Object({ data: item }), errors, answerWith }
}

function idIn({ params }: { readonly params: unknown }): Uuid {
  return (params as { readonly id: Uuid }).id
}
