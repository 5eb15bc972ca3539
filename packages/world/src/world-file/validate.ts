import { type WorldParts, checkInstant, crossFieldProblems } from './cross-field.ts'
import { parseInstant } from './instant.ts'
import { merge } from './merge.ts'
import { type Problem, renderPath } from './problem.ts'
import { type ChangeFile, type WorldFile, worldFileSchema } from './schema.ts'
import { shapeProblems } from './shape-problems.ts'

/** The world as it is from `from` on, until the next version begins. */
export interface FileVersion {
  readonly from: number
  readonly parts: WorldParts
}

export type Validation =
  | { readonly kind: 'valid'; readonly file: WorldFile; readonly versions: readonly FileVersion[] }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }

/**
 * Checks shape first; rules between fields only once the shape is right; changes only once the
 * world is.
 */
export function validateWorldFile(json: unknown): Validation {
  const shape = shapeProblems(worldFileSchema, json)
  if (shape.length > 0) return { kind: 'invalid', problems: shape }
  const file = json as WorldFile // parsed: its shape was checked on the line above
  const problems = [...crossFieldProblems(file), ...instantProblems(file)]
  if (problems.length > 0) return { kind: 'invalid', problems }
  return applyChanges(file)
}

function instantProblems(file: WorldFile): Problem[] {
  const problems: Problem[] = []
  const report = (path: readonly (string | number)[], message: string) =>
    problems.push({ path: renderPath(path), message })
  checkInstant(file.starts_at, ['starts_at'], report)
  file.changes?.forEach((change, i) => checkInstant(change.at, ['changes', i, 'at'], report))
  return problems
}

function applyChanges(file: WorldFile): Validation {
  const dated = (file.changes ?? []).map((change, index) => ({
    change,
    index,
    from: parseInstant(change.at) ?? 0, // checked before
  }))
  const inOrder = dated.toSorted((a, b) => a.from - b.from || a.index - b.index)
  const versions: FileVersion[] = [{ from: Number.NEGATIVE_INFINITY, parts: partsOf(file) }]
  let current = partsOf(file)
  const problems: Problem[] = []
  for (const { change, index, from } of inOrder) {
    const wrongNames = unknownNames(change, current, index)
    const merged = mergeChange(current, change)
    const wrongFields = wrongNames.length > 0 ? [] : mergedProblems(file, merged, index)
    problems.push(...wrongNames, ...wrongFields)
    if (wrongNames.length + wrongFields.length > 0) continue
    current = merged
    versions.push({ from, parts: merged })
  }
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'valid', file, versions }
}

function partsOf({ gateways, issuers, customers }: WorldFile): WorldParts {
  return { gateways, issuers, customers }
}

function mergeChange(current: WorldParts, { patch }: ChangeFile): WorldParts {
  const merged = {
    gateways: current.gateways.map((g) => merge(g, patch.gateways?.[g.id] ?? {})),
    issuers: current.issuers.map((i) => merge(i, patch.issuers?.[i.id] ?? {})),
    customers: merge(current.customers, patch.customers ?? {}),
  }
  return merged as WorldParts // a boundary: `mergedProblems` checks the shape before anything reads it
}

function unknownNames(change: ChangeFile, current: WorldParts, index: number): Problem[] {
  const lists = ['gateways', 'issuers'] as const
  return lists.flatMap((list) => {
    const known = new Set(current[list].map((one) => one.id))
    return Object.entries(change.patch[list] ?? {}).flatMap(([id, patch]) => {
      const at = ['changes', index, 'patch', list, id]
      if (!known.has(id)) {
        const what = list === 'gateways' ? 'a gateway' : 'an issuer'
        return [{ path: renderPath(at), message: `names ${what} that the world does not have` }]
      }
      if ('id' in patch) return [{ path: renderPath([...at, 'id']), message: 'cannot change' }]
      return []
    })
  })
}

/** The version before was right, so whatever is wrong with the merged one came with this change. */
function mergedProblems(file: WorldFile, merged: WorldParts, index: number): Problem[] {
  const { changes: _changes, ...rest } = file
  const shape = shapeProblems(worldFileSchema, { ...rest, ...merged })
  const problems = shape.length > 0 ? shape : crossFieldProblems(merged)
  const prefix = `changes[${index}].patch`
  return problems.map(({ path, message }) => ({
    path: `${prefix}.${withIdsForIndexes(path, merged)}`,
    message,
  }))
}

/** `issuers[2].share` of the merged world is `issuers.bank_c.share` of the patch. */
function withIdsForIndexes(path: string, merged: WorldParts): string {
  const [whole, list, index] = /^(gateways|issuers)\[(\d+)\]/.exec(path) ?? []
  if (whole === undefined || index === undefined) return path
  const id = merged[list === 'gateways' ? 'gateways' : 'issuers'][Number(index)]?.id ?? index
  return renderPath([list ?? '', id]) + path.slice(whole.length)
}
