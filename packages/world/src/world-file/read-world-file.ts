import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const WORLDS = new URL('../../worlds/', import.meta.url)

/**
 * A world that ships, by its name (`calm`), or any other by the path of its file. Throws where
 * there is no such file, naming those that ship, or where it cannot be read.
 */
export function readWorldFile(nameOrPath: string): unknown {
  const isName = /^[a-z][a-z0-9-]*$/.test(nameOrPath)
  const path = isName ? fileURLToPath(new URL(`${nameOrPath}.json`, WORLDS)) : nameOrPath
  const text = readText(path, isName ? `no world ${nameOrPath} ships` : `there is no file ${path}`)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause })
  }
}

function readText(path: string, absent: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'EISDIR') throw new Error(`${path} is a folder: give a file`, { cause })
    if (code !== 'ENOENT') throw cause
    const names = readdirSync(WORLDS).flatMap((name) => name.match(/^(.+)\.json$/)?.[1] ?? [])
    const message = `${absent}: give ${names.join(', ')} or the path of a file`
    throw new Error(message, { cause })
  }
}
