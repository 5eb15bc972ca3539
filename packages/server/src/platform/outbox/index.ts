export { toPreviousAttributes } from './previous-attributes.ts'
export { type NewEvent, factNumberOf, recordEvents } from './record-events.ts'
export { type NewMail, recordMail } from './record-mail.ts'
