import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'

export type UnpackedChromium = {
  readonly path: string
  /** Its own fonts, so that a page is as wide everywhere; and libraries, where the system lacks some. */
  readonly environment: Readonly<Record<string, string>>
}

const CACHE = join(import.meta.dirname, '../../../../.cache/chromium')

/**
 * The Chromium of the npm package @sparticuz/chromium, for Linux on x64, unpacked once (some seconds) into `.cache/`.
 */
export async function unpackChromium(): Promise<UnpackedChromium> {
  const source = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..')
  const { version }: { version: string } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) // prettier-ignore
  const folder = join(CACHE, version)
  if (!existsSync(folder)) await unpackInto(folder, join(source, 'bin'))
  const path = join(folder, 'chromium')
  const fonts = { FONTCONFIG_PATH: folder }
  const libraries = join(folder, 'lib')
  const isComplete = !execFileSync('ldd', [path], { encoding: 'utf8' }).includes('not found')
  return { path, environment: isComplete ? fonts : { ...fonts, LD_LIBRARY_PATH: libraries } }
}

/** Beside its place and then into it, so that a run that was interrupted leaves nothing half done. */
async function unpackInto(folder: string, bin: string): Promise<void> {
  const beside = `${folder}.${process.pid}`
  mkdirSync(beside, { recursive: true })
  try {
    await inflate(join(bin, 'chromium.br'), join(beside, 'chromium'))
    chmodSync(join(beside, 'chromium'), 0o755)
    for (const name of ['fonts.tar', 'al2023.tar']) {
      const archive = join(beside, name)
      await inflate(join(bin, `${name}.br`), archive)
      execFileSync('tar', ['-xf', archive, '-C', beside])
      rmSync(archive)
    }
    writeFileSync(join(beside, 'fonts.conf'), fontsOf(folder))
    if (!existsSync(folder)) renameSync(beside, folder)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

/** No font of the machine's: another one would make every page another width. */
function fontsOf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`
}

function inflate(from: string, to: string): Promise<void> {
  return pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to))
}
