import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeLockfile, findMissingPackages } from './complete-lockfile.ts'

const LOCKFILE = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    '': { name: 'shop' },
    'node_modules/fast': {
      version: '1.2.3',
      dev: true,
      optionalDependencies: { '@fast/linux-x64': '1.2.3', '@fast/core-darwin-arm64': '1.2.3' },
    },
    'node_modules/@fast/linux-x64': { version: '1.2.3', optional: true },
  },
})

test('a package of another platform is added so that npm skips it on this one', () => {
  const { packages } = JSON.parse(completeLockfile(LOCKFILE))
  assert.deepEqual(packages['node_modules/@fast/core-darwin-arm64'], {
    version: '1.2.3',
    cpu: ['arm64'],
    dev: true,
    optional: true,
    os: ['darwin'],
  })
})

test('a completed lockfile lacks nothing, and completing it again changes nothing', () => {
  const completed = completeLockfile(LOCKFILE)
  assert.deepEqual(findMissingPackages(completed), [])
  assert.equal(completeLockfile(completed), completed)
})
