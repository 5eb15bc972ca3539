import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Entry } from './state.ts'

const BLOCK_BYTES = 64 * 1024

/** Where happenings are written down before they are answered for. */
export interface Journal {
  append(entry: Entry): void
  close(): void
}

/** Forgets everything when the process ends. */
export const noJournal: Journal = { append: () => undefined, close: () => undefined }

/**
 * Reads what `directory` holds, handing each entry to `apply`, and goes on writing after it. A line
 * is in the operating system's hands when `append` returns: it survives the end of this process,
 * not a power cut.
 */
export async function openJournal(
  directory: string,
  apply: (entry: Entry) => void,
): Promise<Journal> {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'journal.jsonl')
  if (existsSync(path)) await replay(path, apply)
  const file = openSync(path, 'a', 0o600)
  return {
    append: (entry) => writeWhole(file, Buffer.from(`${JSON.stringify(entry)}\n`)),
    close: () => closeSync(file),
  }
}

function writeWhole(file: number, line: Buffer): void {
  let written = 0
  while (written < line.length) written += writeSync(file, line, written)
}

/**
 * A process that was killed while writing leaves half a line, which was never answered for: it is
 * cut off.
 */
async function replay(path: string, apply: (entry: Entry) => void): Promise<void> {
  truncateSync(path, endOfLastLine(path))
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity })
  let count = 0
  for await (const line of lines) {
    count += 1
    apply(parseEntry(line, `${path} line ${count}`))
  }
}

function endOfLastLine(path: string): number {
  const file = openSync(path, 'r')
  try {
    const block = Buffer.alloc(BLOCK_BYTES)
    for (let end = fstatSync(file).size; end > 0; end -= BLOCK_BYTES) {
      const from = Math.max(0, end - BLOCK_BYTES)
      const length = readSync(file, block, 0, end - from, from)
      const newline = block.lastIndexOf('\n', length - 1)
      if (newline >= 0 && newline < length) return from + newline + 1
    }
    return 0
  } finally {
    closeSync(file)
  }
}

function parseEntry(line: string, where: string): Entry {
  try {
    return JSON.parse(line) as Entry // a boundary: only this program writes the journal
  } catch (cause) {
    throw new Error(`the journal is damaged at ${where}`, { cause })
  }
}
