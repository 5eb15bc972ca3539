export { type Balance, balances, onNormalSide } from './balances.ts'
export { type AccountKind, CHART, type LedgerAccount, type Side, isLedgerAccount } from './chart.ts'
export { type Transfer, reverse, reverseAll, transfer } from './transfer.ts'
