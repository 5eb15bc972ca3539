import { runWorldCommand } from './run-world-command.ts'

await runWorldCommand(process.argv.slice(2))
