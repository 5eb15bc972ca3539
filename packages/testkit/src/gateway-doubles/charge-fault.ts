import type { DoubleAnswer } from './json-server.ts'

/** What goes wrong with a charge, on request. A lost request was never carried out; all others were. */
export type ChargeFault = 'lost request' | 'lost answer' | 'answers 500' | 'answers nonsense'

/** What the caller sees instead of the answer to a charge that was made. */
export function faultyAnswer(fault: ChargeFault): DoubleAnswer {
  if (fault === 'answers 500') return { status: 500, body: { error: 'internal' } }
  if (fault === 'answers nonsense') return { status: 200, body: '<!doctype html><h1>Hello</h1>' }
  return { fault: 'hangs up' }
}
