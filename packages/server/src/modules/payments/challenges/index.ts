export { askAboutReturn } from './ask-about-return.ts'
export { addChallengePage } from './challenge-page.ts'
export { type ChallengeDeps, chargePresent } from './charge-present.ts'
export { type Challenge, closeChallenge, findChallenge } from '../queries/challenges.ts'
