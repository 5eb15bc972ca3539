import { parentPort, workerData } from 'node:worker_threads'
import { backTest, type BackTestRequest } from '@perennial/core/recovery'

// A thread of its own: it computes for seconds, and requests must not wait for it.
const request = workerData as BackTestRequest // what `backTestBeside` hands over
parentPort?.postMessage(backTest(request))
