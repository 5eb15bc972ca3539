export { toStoredNotice, type NoticeResult, type NoticeRow, type StoredNotice } from './notice.ts'
export { parkNotice } from './park-notice.ts'
export {
  claimNotices,
  findNotice,
  hasGateway,
  insertNotices,
  listAskedGateways,
  listNotices,
  nameAttempt,
  recordNoticeResult,
  saveNoticeCursor,
  settleParkedNotice,
  settleWordOf,
  unparkNotices,
  wasGivenAgain,
  type AskedGateway,
} from './queries.ts'
export {
  AcceptBody,
  DismissBody,
  NoticeItem,
  NoticeListQuery,
  NoticeParams,
  toWireNotice,
} from './schemas.ts'
