import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findChromium, type Machine } from './find-chromium.ts'

const CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

const machine = (
  platform: string,
  arch: string,
  given: { readonly has?: string; readonly named?: string } = {},
): Machine => ({ platform, arch, named: given.named, exists: (path) => path === given.has })

for (const [on, found] of [
  [machine('linux', 'x64'), 'packaged'],
  [machine('linux', 'x64', { has: '/opt/c', named: '/opt/c' }), { path: '/opt/c' }],
  [machine('linux', 'arm64', { has: '/usr/bin/chromium' }), { path: '/usr/bin/chromium' }],
  [machine('darwin', 'arm64', { has: CHROME }), { path: CHROME }],
  [machine('darwin', 'arm64', { has: '/opt/c', named: '/opt/c' }), { path: '/opt/c' }],
] as const)
  test(`on ${on.platform}-${on.arch} pages are opened with ${JSON.stringify(found)}`, () =>
    assert.deepEqual(findChromium(on), found))

for (const [on, why] of [
  [machine('darwin', 'arm64'), /none for darwin-arm64.*Install Chrome or Chromium/],
  [machine('linux', 'arm64'), /none for linux-arm64.*set PERENNIAL_CHROMIUM/],
  [machine('win32', 'x64', { has: CHROME }), /none for win32-x64/],
  [
    machine('linux', 'x64', { named: '/nowhere' }),
    /PERENNIAL_CHROMIUM names no program: \/nowhere/,
  ],
] as const)
  test(`where there is no browser its tests fail, and say what to do: ${why.source}`, () =>
    assert.throws(() => findChromium(on), why))
