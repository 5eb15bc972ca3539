import { loadWorld, readWorldFile } from '@perennial/world'
import { CommandError } from '../command-error.ts'

const TIMEOUT_MS = 5_000
/** The world that is started where the operator has not named another. */
const USUAL_WORLD = 'calm'

/** The gateways of a world, in its order of preference; of the usual world where none runs (`worldUrl` null). */
export async function listWorldGateways(worldUrl: string | null): Promise<readonly string[]> {
  if (worldUrl === null) return usualGateways()
  const answer = await ask(`${worldUrl}/gateways`)
  const codes = gatewaysOf(answer)
  if (codes.length === 0) throw new CommandError(`${worldUrl} is no card world: check WORLD_URL`)
  return codes
}

function usualGateways(): readonly string[] {
  const loading = loadWorld(readWorldFile(USUAL_WORLD))
  if (loading.kind === 'refused') throw new CommandError(`the world ${USUAL_WORLD} is not valid`)
  return loading.world.file.gateways.map((gateway) => gateway.id)
}

async function ask(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return await response.json()
  } catch (cause) {
    throw new CommandError(`no card world answers at ${url}: start it, or check WORLD_URL`, {
      cause,
    })
  }
}

function gatewaysOf(answer: unknown): string[] {
  if (!(answer instanceof Object) || !('data' in answer) || !Array.isArray(answer.data)) return []
  return answer.data.flatMap((gateway: unknown) =>
    gateway instanceof Object && 'id' in gateway && typeof gateway.id === 'string'
      ? [gateway.id]
      : [],
  )
}
