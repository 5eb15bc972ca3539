import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A world that ships, by its name (`calm`), or any other by the path of its file. Throws where
 * there is no such file.
 */
export function readWorldFile(nameOrPath: string): unknown {
  const isName = /^[a-z][a-z0-9-]*$/.test(nameOrPath)
  const path = isName
    ? fileURLToPath(new URL(`../../worlds/${nameOrPath}.json`, import.meta.url))
    : nameOrPath
  const text = readFileSync(path, 'utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause })
  }
}
