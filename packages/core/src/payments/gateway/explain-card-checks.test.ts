import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { AVS_CODES, CVV_CODES, explainAvs, explainCardChecks, explainCvv } from '../index.ts'

// Letters, what they come to, and what follows.
const ROWS: readonly (readonly [string | null, string | null, string])[] = [
  ['Y', 'M', 'full_match match low accept'],
  ['Z', 'M', 'partial_match match medium review'],
  ['N', 'M', 'no_match match high review'],
  ['Y', 'N', 'full_match no_match high decline'],
  ['U', 'S', 'not_available not_provided medium review'],
  ['S', 'P', 'not_supported not_processed unknown accept'],
  [null, 'M', 'not_available match low accept'],
  [null, null, 'not_available not_processed unknown accept'],
  ['?', '?', 'not_available not_processed unknown accept'],
]

test('the worse of both checks is the risk, and a wrong security code is to be declined', () => {
  for (const [avs, cvv, expected] of ROWS) {
    const told = explainCardChecks({ avs, cvv })
    const { overall, recommendation } = told
    const line = `${told.avs.matchType} ${told.cvv.matchType} ${overall} ${recommendation}`
    equal(line, expected, `${avs} ${cvv}`)
  }
  equal(explainCardChecks(null).overall, 'unknown')
})

test('every letter has a meaning, and a whole match matches in both parts', () => {
  for (const code of AVS_CODES) {
    const { matchType, isAddressMatch, isPostalCodeMatch } = explainAvs(code)
    const isWhole = matchType === 'full_match'
    deepEqual([isAddressMatch === true && isPostalCodeMatch === true, code], [isWhole, code])
  }
  for (const code of CVV_CODES) equal(explainCvv(code).description.length > 10, true, code)
})
