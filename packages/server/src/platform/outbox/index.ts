export { EVENT_TYPES, type EventType, type KeptEventKind } from './event-types.ts'
export { toPreviousAttributes } from './previous-attributes.ts'
export { type NewEvent, factNumberOf, recordEvents } from './record-events.ts'
export { recordMail } from './record-mail.ts'
