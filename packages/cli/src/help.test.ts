import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceProcess } from './testing/service-process.ts'

/** Names of the commands that a help page lists, without the one that shows it. */
function commandsIn(help: string): readonly string[] {
  const [, list = ''] = help.split('\nCommands:\n')
  const names = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name)
  return names.filter((name) => name !== 'help')
}

async function helpOf(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new ServiceProcess([...words, '--help'], {}).ended
  assert.deepEqual([code, stderr], [0, ''], words.join(' '))
  assert.match(stdout, /^Usage:/, words.join(' '))
  return stdout
}

/** How many commands, with those of groups, have told their usage. */
async function tellAll(words: readonly string[]): Promise<number> {
  const names = commandsIn(await helpOf(words))
  const told = await Promise.all(names.map((name) => tellAll([...words, name])))
  return told.reduce((sum, count) => sum + count, 1)
}

test('every command tells its usage', async () => {
  assert.ok((await tellAll([])) > 15)
})

for (const words of [
  ['world', 'serve'],
  ['world', 'validate'],
])
  test(`${words.join(' ')} tells its usage`, async () => {
    assert.match(await helpOf(words), /--world FILE\|NAME/)
  })
