import { assert } from '@perennial/core/fault'
import { SMTPServer } from 'smtp-server'

export type TestMailServer = {
  readonly url: string
  /** The first mail that it is handed. */
  readonly first: Promise<string>
  /** As they came over the wire, in that order. */
  readonly received: readonly string[]
  close(): Promise<void>
}

/** A mail server on a port of its own, which takes everything. */
export async function startMailServer(): Promise<TestMailServer> {
  const { promise: first, resolve } = Promise.withResolvers<string>()
  const received: string[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _session, done) => {
      let mail = ''
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString('utf8')))
      stream.on('end', () => {
        received.push(mail)
        resolve(mail)
        done()
      })
    },
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.server.address()
  assert(typeof address === 'object' && address !== null, 'it listens on a port')
  const close = () => new Promise<void>((closed) => server.close(closed))
  return { url: `smtp://127.0.0.1:${address.port}`, first, received, close }
}

export type ReceivedMail = {
  /** By their names in lower case; folded lines are one. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  readonly html: string
}

/** A mail as its reader's program opens it: a text and an HTML of the same. */
export function readMail(raw: string): ReceivedMail {
  const { headers, body } = readPart(raw)
  const [, boundary = ''] = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '') ?? []
  assert(boundary !== '', 'a mail has parts')
  const parts = body.split(`--${boundary}`).slice(1, -1).map(readPart)
  const partOf = (type: string): string => {
    const found = parts.find((part) => part.headers.get('content-type')?.startsWith(type) === true)
    assert(found !== undefined, `a mail has a part of ${type}`)
    return decode(found.body, found.headers.get('content-transfer-encoding') ?? '7bit')
  }
  return { headers, text: partOf('text/plain'), html: partOf('text/html') }
}

function readPart(raw: string): { headers: ReadonlyMap<string, string>; body: string } {
  const part = raw.replace(/^\r\n/, '')
  const end = part.indexOf('\r\n\r\n')
  const lines = part
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { headers: new Map(headers), body: part.slice(end + 4) }
}

/** RFC 2045, section 6: as mail programs read it. */
function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) // prettier-ignore
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
