import { CommandError } from '../command-error.ts'

/** What `--name` says, without the spaces around it. */
export function readName(given: string, lengthMax: number): string {
  const name = given.trim()
  if (name === '' || name.length > lengthMax)
    throw new CommandError(`give a name of 1 to ${lengthMax} characters with --name`)
  return name
}
