import { request } from 'node:http'

/**
 * Who answers on a port of this machine. `silent`: somebody takes connections and says nothing yet, like a world that
 * is still reading its journal.
 */
export type PortAnswer = 'world' | 'stranger' | 'silent' | 'nobody'

export function askPort(port: number, timeoutMs: number): Promise<PortAnswer> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/healthz', timeout: timeoutMs, agent: false }
    const call = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', () => resolve('nobody'))
      response.on('end', () => resolve(isWorld(text) ? 'world' : 'stranger'))
    })
    call.on('timeout', () => {
      resolve('silent')
      call.destroy()
    })
    call.on('error', (error) => {
      const code = 'code' in error ? error.code : null
      resolve(code === 'ECONNREFUSED' || code === 'ECONNRESET' ? 'nobody' : 'stranger')
    })
    call.end()
  })
}

function isWorld(text: string): boolean {
  try {
    const answer: unknown = JSON.parse(text)
    return answer instanceof Object && 'world' in answer && 'status' in answer
  } catch {
    return false
  }
}
