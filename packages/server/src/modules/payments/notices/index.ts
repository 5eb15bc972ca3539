export { toStoredNotice, type NoticeResult, type StoredNotice } from './notice.ts'
export { parkNotice } from './park-notice.ts'
export {
  claimNotices,
  dismissNotice,
  findNotice,
  hasGateway,
  insertNotices,
  listAskedGateways,
  listNotices,
  recordNoticeResult,
  saveNoticeCursor,
  unparkNotices,
  type AskedGateway,
} from './queries.ts'
export { DismissBody, NoticeItem, NoticeListQuery, NoticeParams, toWireNotice } from './schemas.ts'
