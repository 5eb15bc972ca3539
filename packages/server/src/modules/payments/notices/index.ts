export { toStoredNotice, type NoticeResult, type NoticeRow, type StoredNotice } from './notice.ts'
export { parkNotice } from './park-notice.ts'
export {
  claimNotices,
  findNotice,
  hasGateway,
  insertNotices,
  listAskedGateways,
  listNotices,
  recordNoticeResult,
  saveNoticeCursor,
  settleParkedNotice,
  settleWordOf,
  unparkNotices,
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
