export {
  readRecoveryChoice,
  RecoveryChoiceBody,
  RecoveryChoiceItem,
  toStoredChoice,
  toWireChoice,
} from './recovery-choice.ts'
