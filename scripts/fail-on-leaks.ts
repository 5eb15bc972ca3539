// Loaded before every test file: what is still open a while after the file's last test fails the
// file and is named, instead of keeping it waiting until the run's time is up.
import { after } from 'node:test'
import { isMainThread } from 'node:worker_threads'

/** A file that closes what it started is over long before, on a busy machine too. */
const GRACE_MS = 20_000
/** The runner's own ends of standard input and output. */
const ALWAYS_OPEN = new Set(['PipeWrap', 'TTYWrap'])

if (isMainThread) {
  after(() => {
    // Not waited for: a file that has closed everything ends before this.
    setTimeout(() => {
      const open = process.getActiveResourcesInfo().filter((name) => !ALWAYS_OPEN.has(name))
      process.stderr.write(`still open after the last test: ${open.join(', ')}\n`)
      process.exit(1)
    }, GRACE_MS).unref()
  })
}
