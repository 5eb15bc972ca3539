export {
  findDispute,
  findDueDisputes,
  findOnDispute,
  insertDisputes,
  listDisputesOf,
  lockDispute,
  lockDisputeOf,
  updateDisputes,
} from './queries.ts'
export { toUrgentDispute, toWireDispute } from './wire.ts'
