import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCluster } from './create-cluster.ts'

const folder = mkdtempSync(join(tmpdir(), 'perennial-create-cluster-'))
after(() => rmSync(folder, { recursive: true }))

/** Writes down which group of processes it is in, and its own id. */
const INITDB = '#!/bin/sh\necho "$(ps -o pgid= -p $$)" $$ > "$(dirname "$0")/group"\n'

test('Ctrl-C in a terminal does not reach the program that makes a database', async () => {
  const path = join(folder, 'initdb')
  writeFileSync(path, INITDB)
  chmodSync(path, 0o755)
  const cluster = join(folder, 'cluster')
  const binaries = { folder, source: 'system', version: '15.18', major: 15 } as const
  await createCluster({ folder: cluster, binaries, runAs: null, password: 'secret' })
  assert.ok(existsSync(cluster))
  const [group, own] = readFileSync(join(folder, 'group'), 'utf8').trim().split(/\s+/)
  assert.equal(group, own)
})
