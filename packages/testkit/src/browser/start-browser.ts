import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { findChromium } from './find-chromium.ts'
import { unpackChromium } from './unpack-chromium.ts'

/**
 * A headless Chromium, on Linux with x64 the same everywhere. Throws where the machine has none. `localhost`: where it
 * finds http://localhost/, which is what a service under test believes to be called.
 */
export async function startBrowser(given: { readonly localhost: string }): Promise<Browser> {
  const { platform, arch, env } = process
  const named = env['PERENNIAL_CHROMIUM']
  const found = findChromium({ platform, arch, named, exists: existsSync })
  const { path, environment } = found === 'packaged' ? await unpackChromium() : { ...found, environment: {} } // prettier-ignore
  return chromium.launch({
    executablePath: path,
    env: { ...env, ...environment },
    // Its sandbox needs rights that containers and root's processes do not have; only our own pages are opened.
    args: [
      '--no-sandbox',
      '--font-render-hinting=none',
      '--disable-gpu',
      // A page of the wide world may not call this machine; in tests the service that it calls is on it.
      '--disable-features=LocalNetworkAccessChecks',
      `--host-resolver-rules=MAP localhost ${new URL(given.localhost).host}`,
    ],
  })
}
