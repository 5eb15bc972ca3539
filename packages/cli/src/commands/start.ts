import { messageOf } from '@perennial/core/fault'
import {
  loadConfig,
  makeDataFolder,
  type Environment,
} from '../../../server/src/platform/config/index.ts'
import type { Closers } from '../start/run-service.ts'
import { settlePort } from '../start/settle-port.ts'
import { onStopSignals } from '../start/stop-signals.ts'
import { withProgress } from '../terminal/progress.ts'

/** Runs the service until it is told to stop; returns the exit code. */
export async function start(env: Environment): Promise<number> {
  const signal = onStopSignals()
  const closers: Closers = []
  try {
    const config = await settlePort(loadConfig(env))
    await makeDataFolder(config.dataDir)
    // Not before its settings will do: it takes a second to load.
    const { runService } = await import('../start/run-service.ts')
    signal.throwIfAborted()
    await runService(config, { signal, closers })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await withProgress('stopping', () => closeAll(closers))
  }
  process.stdout.write('Stopped.\n')
  return 0
}

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.toReversed()) {
    try {
      await close()
    } catch (error) {
      // The rest is to be closed all the same; what is left behind the next start puts in order.
      process.stderr.write(`While stopping: ${messageOf(error)}\n`)
    }
  }
}
