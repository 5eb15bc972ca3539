import { call, pickAny, type Stage } from '../stage.ts'

/** Says something to one of the account's disputes, open or not: evidence, or that it is accepted. */
export async function answerDispute(stage: Stage): Promise<void> {
  const { chance } = stage
  const id = await pickAny(stage, 'disputes')
  if (id === null) return
  const path = `/disputes/${id}`
  if (chance.happens(0.2)) {
    await call(stage, { method: 'POST', path: `${path}/accept`, body: {} }, stage.faults)
    return
  }
  const text = chance.pick(['winning_evidence', 'losing_evidence', 'no idea'])
  const body = { text, submit: chance.happens(0.7) }
  await call(stage, { method: 'POST', path: `${path}/evidence`, body }, stage.faults)
}
