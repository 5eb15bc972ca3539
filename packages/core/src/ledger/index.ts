export { balances, onNormalSide } from './balances.ts'
export { CHART, type LedgerAccount, isLedgerAccount } from './chart.ts'
export { type Transfer, reverse, reverseAll, transfer } from './transfer.ts'
