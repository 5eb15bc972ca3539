// Import this before node:test. The runner follows every promise and socket of a process so as to know at each moment
// which test it is in, which costs a sixth of the processor time of ours. An AsyncLocalStorage knows the same for
// nothing. Should a later Node not be told this way, then tests miss their files and scripts/test.test.ts fails.
import { createRequire } from 'node:module'
import type AsyncHooks from 'node:async_hooks'

type Told = NonNullable<AsyncHooks.HookCallbacks['init']>

/** The very object that the runner takes its functions from as it loads. */
const hooks: typeof AsyncHooks = createRequire(import.meta.url)('node:async_hooks')
const { AsyncLocalStorage, AsyncResource } = hooks
const RUNS: ReadonlySet<string> = new Set(['Test', 'Suite', 'TestHook'])

const current = new AsyncLocalStorage<number>()
/** The suite of the file that is being loaded: `import` begins without the context of its caller. */
let outermost = 0
let tellRunner: Told = () => undefined
const original: unknown = Reflect.get(AsyncResource.prototype, 'runInAsyncScope')
if (typeof original !== 'function') throw new Error('a resource has a scope to run in')
const runInAsyncScope = original

Reflect.set(hooks, 'createHook', ({ init }: { readonly init: Told }) => {
  tellRunner = init
  const idle = { enable: () => idle, disable: () => idle }
  return idle
})
Reflect.set(hooks, 'executionAsyncId', () => current.getStore() ?? outermost)
Reflect.set(
  AsyncResource.prototype,
  'runInAsyncScope',
  function follow(this: AsyncHooks.AsyncResource, ...args: unknown[]): unknown {
    const run = (): unknown => Reflect.apply(runInAsyncScope, this, args)
    if (!RUNS.has(this.constructor.name)) return run()
    tellRunner(this.asyncId(), this.constructor.name, 0, this)
    if (current.getStore() === undefined) outermost = this.asyncId()
    return current.run(this.asyncId(), run)
  },
)
