import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openCredentialsFile, type Credentials } from './credentials-file.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'credentials-'))
after(() => rmSync(dataDir, { recursive: true }))

const credentialsOf = (password: string): Credentials => ({
  url: 'http://localhost:4242',
  owner: { email: 'owner@example.com', password },
  sandbox: { account_id: 'acct_1', api_key: 'rk_sandbox_1' },
  live: { account_id: 'acct_2', api_key: 'rk_live_1' },
})

const read = (name: string) => JSON.parse(readFileSync(join(dataDir, name), 'utf8'))

test('credentials are kept before they count, take their place after, and never replace another database’s', async () => {
  const file = openCredentialsFile(dataDir)
  await file.settle() // nothing was kept
  assert.deepEqual(readdirSync(dataDir), [])

  await file.keep(credentialsOf('one'))
  assert.deepEqual(readdirSync(dataDir), ['credentials.json.new'])
  await file.settle()
  assert.deepEqual(readdirSync(dataDir), ['credentials.json'])
  assert.equal(statSync(file.path).mode & 0o777, 0o600)

  // Killed between keeping and settling: the next start settles.
  await file.keep(credentialsOf('two'))
  await openCredentialsFile(dataDir).settle()
  assert.deepEqual(readdirSync(dataDir).toSorted(), ['credentials.json', 'credentials.json.old-1'])
  assert.deepEqual(read('credentials.json'), credentialsOf('two'))
  assert.deepEqual(read('credentials.json.old-1'), credentialsOf('one'))
})

test('a new address changes nothing else, and the file stays private', async () => {
  const file = openCredentialsFile(dataDir)
  await file.updateUrl('http://localhost:5151')
  assert.deepEqual(read('credentials.json'), {
    ...credentialsOf('two'),
    url: 'http://localhost:5151',
  })
  assert.equal(statSync(file.path).mode & 0o777, 0o600)
})
