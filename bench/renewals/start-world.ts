import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const PROGRAM = join(import.meta.dirname, '../../packages/world/src/main.ts')

/** The card world as a process of its own, as it runs beside the service; it ends with us. */
export async function startWorldProcess(): Promise<{ readonly url: string; stop(): void }> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--world', 'calm', '--with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { readonly url: string } // its first line
    return { url, stop: () => child.kill('SIGTERM') }
  }
  throw new Error('the card world did not start')
}
