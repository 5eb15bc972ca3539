import { availableParallelism, cpus } from 'node:os'
import type { BenchDatabase } from './bench-database.ts'

/** On what a benchmark was measured, as every report of one that used a database ends. */
export function describeRun(database: Pick<BenchDatabase, 'version' | 'settings'>) {
  return {
    versions: { node: process.version, postgresql: database.version },
    database_settings: database.settings,
    machine: { cores: availableParallelism(), processor: cpus()[0]?.model ?? 'unknown' },
  }
}
