export { dunningRulesOf } from './dunning-rules.ts'
export {
  readRecoveryChoice,
  RecoveryChoiceBody,
  RecoveryChoiceItem,
  toStoredChoice,
  toWireChoice,
} from './recovery-choice.ts'
