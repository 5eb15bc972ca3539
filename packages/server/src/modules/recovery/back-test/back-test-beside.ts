import { Worker } from 'node:worker_threads'
import type { BackTest, BackTestRequest } from '@perennial/core/recovery'

/** Computes in a thread of its own, so that nobody else waits. */
export function backTestBeside(request: BackTestRequest): Promise<BackTest> {
  const file = new URL('./back-test-thread.ts', import.meta.url)
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: request })
    worker.once('message', (result: BackTest) => resolve(result)) // what the worker posts
    worker.once('error', reject)
    worker.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the back-test ended with code ${code}`))
    })
  })
}
