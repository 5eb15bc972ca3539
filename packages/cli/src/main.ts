import { Command } from 'commander'
import type { BackTestOptions } from './commands/back-test.ts'
import type { RecoveryStatusOptions } from './commands/recovery-status.ts'
import type { EditOptions } from './commands/subscription-edits.ts'
import type { SimulateOptions } from './commands/simulate-recovery.ts'
import { describeError } from './terminal/describe-error.ts'

// Commands are imported when they are run: `status` does not pay for the service.
const program = new Command('perennial')
  .description('Open-source, self-hosted revenue platform')
  .version('0.1.0')
  .showHelpAfterError('(--help lists the commands)')
  .enablePositionalOptions()

program
  .command('start')
  .description('run the service in the foreground; Ctrl-C stops it')
  .action(async () => {
    const { start } = await import('./commands/start.ts')
    process.exitCode = await start(process.env)
  })

program
  .command('migrate')
  .description('bring the database to the current schema')
  .option('--json', 'print the migrations that were applied as JSON')
  .action(async (options: { readonly json?: true }) => {
    const { migrate } = await import('./commands/migrate.ts')
    await migrate(process.env, { isJson: options.json === true })
  })

program
  .command('verify')
  .description('check every invariant on the whole database; exit 1 when one is broken')
  .option('--json', 'print the result as JSON')
  .action(async (options: { readonly json?: true }) => {
    const { verify } = await import('./commands/verify.ts')
    process.exitCode = await verify(process.env, { isJson: options.json === true })
  })

program
  .command('reconcile')
  .description("compare the books with the gateways' lists; exit 1 when they differ")
  .option('--account <id>', 'of this account alone')
  .option('--gateway <code>', 'with this gateway alone')
  .option('--from <date>', 'from this date on (where the last comparison ended)')
  .option('--to <date>', 'up to this date, not included (the last midnight, UTC)')
  .option('--settlement <file>', "instead of a list: this file of the gateway's settlement (CSV)")
  .option('--dry-run', 'with --settlement: tell what it would do, and do nothing')
  .option('--json', 'print the result as JSON')
  .action(
    async (
      options: {
        readonly account?: string
        readonly gateway?: string
        readonly from?: string
        readonly to?: string
        readonly settlement?: string
        readonly dryRun?: true
        readonly json?: true
      },
      command: Command,
    ) => {
      if (options.settlement === undefined && options.dryRun === true)
        command.error('--dry-run needs --settlement: comparing with lists books what they tell')
      if (options.settlement !== undefined) {
        if (options.from !== undefined || options.to !== undefined)
          command.error('--settlement takes the whole file: leave --from and --to out')
        if (options.gateway === undefined)
          command.error('--settlement needs --gateway: whose settlement it is')
        const { importSettlementFile } = await import('./commands/import-settlement.ts')
        const { text, exitCode } = await importSettlementFile(process.env, {
          file: options.settlement,
          account: options.account ?? null,
          gateway: options.gateway,
          isPreview: options.dryRun === true,
          isJson: options.json === true,
        })
        process.stdout.write(`${text}\n`)
        process.exitCode = exitCode
        return
      }
      const { reconcile } = await import('./commands/reconcile.ts')
      process.exitCode = await reconcile(process.env, {
        account: options.account ?? null,
        gateway: options.gateway ?? null,
        from: options.from ?? null,
        to: options.to ?? null,
        isJson: options.json === true,
      })
    },
  )

program
  .command('status')
  .description('customers, subscriptions, MRR, invoiced, collected, failing, recovered')
  .option('--recovery', 'instead: failed payments by reason, gateway, issuer, attempt and policy')
  .option('--account <id>', 'with --recovery: of this account alone')
  .option('--from <date>', 'with --recovery: that began from then on (30 days before the end)')
  .option('--to <date>', 'with --recovery: until then (now)')
  .option('--json', 'print the figures as JSON')
  .action(
    async (options: RecoveryStatusOptions & { readonly recovery?: true }, command: Command) => {
      if (options.recovery === true) {
        const { printRecoveryStatus } = await import('./commands/recovery-status.ts')
        await printRecoveryStatus(process.env, options)
        return
      }
      if ((options.account ?? options.from ?? options.to) !== undefined)
        command.error('--account, --from and --to need --recovery')
      const { status } = await import('./commands/status.ts')
      await status(process.env, { isJson: options.json === true })
    },
  )

program
  .command('ledger')
  .description('what the books say: balances, or the transfers of one invoice or payment')
  .option('--account <id>', 'of this account alone')
  .option('--of <id>', 'the transfers of an invoice (inv_…) or a transaction (txn_…)')
  .option('--json', 'print them as JSON, in minor units')
  .action(
    async (options: { readonly account?: string; readonly of?: string; readonly json?: true }) => {
      const { ledger } = await import('./commands/ledger.ts')
      await ledger(process.env, {
        account: options.account ?? null,
        of: options.of ?? null,
        isJson: options.json === true,
      })
    },
  )

program
  .command('world')
  .description('the simulated card world alone: world serve …, world validate FILE')
  .argument('[words...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (words: readonly string[]) => {
    const { runWorldCommand } = await import('@perennial/world')
    await runWorldCommand(words)
  })

const accounts = program.command('accounts').description('merchants and their accounts')
accounts
  .command('create')
  .description('make a merchant with a live and a sandbox account; prints its credentials')
  .requiredOption('--name <name>', 'name of the business')
  .option('--email <address>', "the owner's e-mail address; made up when absent")
  .option('--timezone <name>', 'IANA time zone of billing dates, such as Europe/Berlin', 'UTC')
  .option('--currency <code>', 'of what names none, such as EUR', 'USD')
  .option('--json', 'print credentials.json')
  .action(
    async (options: {
      readonly name: string
      readonly email?: string
      readonly timezone: string
      readonly currency: string
      readonly json?: true
    }) => {
      const { createAccounts } = await import('./commands/accounts.ts')
      await createAccounts(process.env, {
        name: options.name,
        email: options.email ?? null,
        timezone: options.timezone,
        currency: options.currency,
        isJson: options.json === true,
      })
    },
  )

accounts
  .command('list')
  .description('the accounts of every merchant, with their ids')
  .option('--json', 'print them as JSON')
  .action(async (options: { readonly json?: true }) => {
    const { printAccounts } = await import('./commands/account-keys.ts')
    await printAccounts(process.env, { isJson: options.json === true })
  })
accounts
  .command('key')
  .description('make another API key of an account, also where every other is lost')
  .requiredOption('--account <id>', 'whose; accounts list tells them')
  .option('--name <name>', 'what the key is for', 'Made by the operator')
  .option('--scopes <list>', 'what it may do, separated by commas', '*')
  .option('--json', 'print the key as the API tells it')
  .action(
    async (options: {
      readonly account: string
      readonly name: string
      readonly scopes: string
      readonly json?: true
    }) => {
      const { printNewKey } = await import('./commands/account-keys.ts')
      await printNewKey(process.env, { ...options, isJson: options.json === true })
    },
  )

const recovery = program
  .command('recovery')
  .description('win failed payments back: try policies out')
recovery
  .command('simulate')
  .description('replay a policy of retries on a simulated card world')
  .requiredOption('--world <file>', 'a world file, or the name of one that ships')
  .option(
    '--policy <policy>',
    'planner, oracle, none, fixed:DAYS such as fixed:1,3,5,7, blind:DAYS, which asks no guard, or planner:DAYS, which tries by those days',
    'planner',
  )
  .option('--subscribers <n>', 'how many are billed every month', '20000')
  .option('--months <n>', 'for how long', '6')
  .option('--seed <n>', 'which subscribers', '1')
  .option('--contact', 'customers are asked for another card')
  .option('--reasons <n>', 'tell the reasons of the first n tries on standard error')
  .option('--json', 'print the figures as JSON')
  .action(async (options: SimulateOptions) => {
    const { simulateRecovery } = await import('./commands/simulate-recovery.ts')
    simulateRecovery(options)
  })
recovery
  .command('back-test')
  .description('replay policies over the failed payments that an account really had')
  .option('--account <id>', 'whose; the first sandbox when absent')
  .option(
    '--policies <list>',
    'separated by spaces: none, ladder, planner, fixed:DAYS, planner:DAYS',
    'ladder fixed:3,7,14,21 planner',
  )
  .option('--from <date>', 'recoveries that began from then on; 90 days before the end')
  .option('--to <date>', 'until then; now when absent')
  .option('--currency <code>', 'of the bills; the account’s own when absent')
  .option('--json', 'print the figures as JSON')
  .action(async (options: BackTestOptions) => {
    const { printBackTest } = await import('./commands/back-test.ts')
    await printBackTest(process.env, options)
  })

recovery
  .command('clients')
  .description('billers that hand failed payments over')
  .command('create')
  .description('make a client of the recovery API; prints its credentials')
  .requiredOption('--account <id>', 'whose; accounts list tells them')
  .option('--webhook-url <url>', 'where its events go; they are kept when absent')
  .option('--json', 'print it as the API tells it')
  .action(
    async (options: {
      readonly account: string
      readonly webhookUrl?: string
      readonly json?: true
    }) => {
      const { printNewClient } = await import('./commands/recovery-clients.ts')
      const { account, webhookUrl = null, json = false } = options
      await printNewClient(process.env, { account, webhookUrl, isJson: json })
    },
  )

const attempts = program.command('attempts').description('charges of cards and accounts')
attempts
  .command('resolve')
  .description('say what became of a charge that its gateway never told about')
  .argument('<id>', 'the payment attempt, payatt_…')
  .requiredOption('--as <outcome>', 'succeeded or declined')
  .requiredOption('--note <text>', 'where you have seen it, for whoever asks later')
  .option('--gateway-transaction-id <id>', 'what the gateway calls the charge, if it succeeded')
  .option('--json', 'print the result as JSON')
  .action(
    async (
      id: string,
      options: {
        readonly as: string
        readonly note: string
        readonly gatewayTransactionId?: string
        readonly json?: true
      },
    ) => {
      const { resolveAttemptByHand } = await import('./commands/attempts.ts')
      await resolveAttemptByHand(process.env, {
        id,
        as: options.as,
        note: options.note,
        gatewayTransactionId: options.gatewayTransactionId ?? null,
        isJson: options.json === true,
      })
    },
  )

const runs = program.command('runs').description('renewal runs and parked subscriptions')
runs
  .command('list')
  .description('the newest renewal runs, and what is parked')
  .option('--account <id>', 'of this account alone')
  .option('--json', 'print them as JSON')
  .action(async (options: { readonly account?: string; readonly json?: true }) => {
    const { listRuns } = await import('./commands/runs.ts')
    const isJson = options.json === true
    await listRuns(process.env, { account: options.account ?? null, isJson })
  })
runs
  .command('retry-parked')
  .description('let parked subscriptions be renewed again, and do it')
  .option('--account <id>', 'of this account alone')
  .option('--json', 'print what came of it as JSON')
  .action(async (options: { readonly account?: string; readonly json?: true }) => {
    const { retryParkedOf } = await import('./commands/runs.ts')
    const isJson = options.json === true
    await retryParkedOf(process.env, { account: options.account ?? null, isJson })
  })

const edits = program
  .command('subscription-edits')
  .description('change many subscriptions at once, reviewed first')
const editCommand = (name: string, description: string) =>
  edits
    .command(name)
    .description(description)
    .option('--account <id>', 'whose subscriptions; the one account when there is one alone')
    .option('--rows <n>', 'subscriptions shown (20)')
    .option('--json', 'print the edit as the API tells it')
editCommand('preview', 'review what each subscription that matches would become')
  .argument('<file>', 'JSON, the body of POST /v2/subscription-edits; - for standard input')
  .action(async (file: string, options: EditOptions) => {
    const { previewEditFile } = await import('./commands/subscription-edits.ts')
    await previewEditFile(process.env, file, options)
  })
editCommand('show', 'tell how far an edit is and what came of its subscriptions')
  .argument('<id>', 'the edit')
  .action(async (id: string, options: EditOptions) => {
    const { showEdit } = await import('./commands/subscription-edits.ts')
    await showEdit(process.env, id, options)
  })
editCommand('confirm', 'let a reviewed edit run, and do it')
  .argument('<id>', 'the edit')
  .requiredOption('--token <token>', 'the token that its review showed')
  .option('--limit <n>', 'of the planned ones only the first n')
  .action(
    async (
      id: string,
      options: EditOptions & { readonly token: string; readonly limit?: string },
    ) => {
      const { token, limit = null } = options
      const { confirmAndWork } = await import('./commands/subscription-edits.ts')
      await confirmAndWork(process.env, { id, token, limit }, options)
    },
  )
editCommand('undo', 'review what would take an edit back')
  .argument('<id>', 'the edit')
  .action(async (id: string, options: EditOptions) => {
    const { previewEditUndo } = await import('./commands/subscription-edits.ts')
    await previewEditUndo(process.env, id, options)
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${describeError(error, process.env['LOG_LEVEL'] === 'debug')}\n`)
  process.exitCode = 1
}
