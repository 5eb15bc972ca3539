import { type Browser, chromium } from 'playwright-core'
import { unpackChromium } from './unpack-chromium.ts'

/**
 * A headless Chromium, the same on every machine. Null where the npm registry has none for the machine. `localhost`: where
 * it finds http://localhost/, which is what a service under test believes to be called.
 */
export async function startBrowser(given: { readonly localhost: string }): Promise<Browser | null> {
  const unpacked = await unpackChromium()
  if (unpacked === null) return null
  return chromium.launch({
    executablePath: unpacked.path,
    env: { ...process.env, ...unpacked.environment },
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
