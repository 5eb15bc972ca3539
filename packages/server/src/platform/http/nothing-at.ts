import type { FastifyInstance } from 'fastify'

const PREFIX = '/v2'
/** Answered by themselves wherever GET is. */
const IMPLIED = new Set(['HEAD', 'OPTIONS'])

type KnownRoute = { readonly steps: readonly string[]; readonly methods: readonly string[] }

/**
 * Tells a caller that there is nothing at a path, and what stands near it: the path without a slash at its end, under /v2, or with
 * other methods. Knows the routes that are registered after it.
 */
export function createNothingAt(app: FastifyInstance): (method: string, path: string) => string {
  const routes: KnownRoute[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const methods = [method].flat().filter((name) => !IMPLIED.has(name))
    if (methods.length > 0) routes.push({ steps: url.split('/'), methods })
  })
  const methodsAt = (path: string): readonly string[] => {
    const steps = path.split('/')
    return routes.filter((route) => isAt(route.steps, steps)).flatMap(({ methods }) => methods)
  }
  return (method, path) =>
    `There is nothing at ${method} ${path}.${hintOn({ method, path }, methodsAt)}`
}

function isAt(pattern: readonly string[], steps: readonly string[]): boolean {
  return (
    pattern.length === steps.length &&
    pattern.every((step, index) => (step.startsWith(':') ? steps[index] !== '' : step === steps[index])) // prettier-ignore
  )
}

function hintOn(
  { method, path }: { readonly method: string; readonly path: string },
  methodsAt: (path: string) => readonly string[],
): string {
  const bare = path.replace(/\/+$/, '')
  if (bare !== path && methodsAt(bare).includes(method))
    return ` Leave out the slash at its end: ${bare}.`
  const prefixed = `${PREFIX}${bare}`
  if (methodsAt(prefixed).includes(method))
    return ` The paths of this API begin with ${PREFIX}: ${prefixed}.`
  const methods = [...new Set(methodsAt(bare))].filter((name) => name !== method)
  return methods.length === 0 ? '' : ` This path takes ${methods.join(', ')}.`
}
