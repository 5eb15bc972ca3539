import { call, pickObject, type Request, type Stage, type Target } from '../stage.ts'

/** Something that a merchant, a customer, a worker or time does. */
export type Step = (stage: Stage) => Promise<void>

/** A request about one of the account's objects. Refusals are part of life. */
export function about(
  table: Target,
  toRequest: (id: string, stage: Stage) => Promise<Request> | Request,
): Step {
  return async (stage) => {
    const id = await pickObject(stage, table)
    if (id !== null) await call(stage, await toRequest(id, stage), stage.faults)
  }
}
