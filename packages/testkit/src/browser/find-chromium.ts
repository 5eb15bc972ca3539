export type Machine = {
  readonly platform: string
  readonly arch: string
  /** `PERENNIAL_CHROMIUM`: the program of a Chromium or Chrome that is to be used, wherever it comes from. */
  readonly named: string | undefined
  readonly exists: (path: string) => boolean
}

/** Where browsers that understand our commands are installed. */
const INSTALLED: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  linux: [
    '/usr/bin/google-chrome',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/snap/bin/chromium',
  ],
}

/**
 * The browser for this machine: `packaged` comes with our npm packages, which have one for Linux on x64; elsewhere it is
 * one that is installed. Throws a sentence for whoever runs the tests where there is none: a page that nobody has opened
 * is not tested.
 */
export function findChromium({
  platform,
  arch,
  named,
  exists,
}: Machine): 'packaged' | { readonly path: string } {
  if (named !== undefined && named !== '') {
    if (!exists(named)) throw new Error(`PERENNIAL_CHROMIUM names no program: ${named}`)
    return { path: named }
  }
  if (platform === 'linux' && arch === 'x64') return 'packaged'
  const path = (INSTALLED[platform] ?? []).find(exists)
  if (path !== undefined) return { path }
  throw new Error(
    `Pages are tested in a browser, npm has none for ${platform}-${arch}, and none is installed where it usually is. ` +
      'Install Chrome or Chromium, or set PERENNIAL_CHROMIUM to the path of one.',
  )
}
