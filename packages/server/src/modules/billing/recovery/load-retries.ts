import type { RetryState } from '@perennial/core/billing'
import { campaignPolicy } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import {
  markOutages,
  toPolicy,
  toSalvageChoice,
  traitsOfCard,
  type CaseCard,
  type CaseTry,
  type CaseView,
  type PlannerModel,
  type RecoveryPolicy,
  type SalvagePlan,
} from '@perennial/core/recovery'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { listInvoiceLines, lockInvoices } from '../../invoices/index.ts'
import { countAttempts, listGuardedCards, listLivePayments } from '../../payments/index.ts'
import { listCampaignSteps } from '../../dunning/index.ts'
import {
  listCaseTries,
  listFirstGateways,
  listGatewayCodes,
  listGatewayFees,
  listNarrowerChoices,
  listOutages,
  listSalvagePlans,
  listTryableMethods,
  plannerModelOf,
  type TryableMethod,
} from '../../recovery/index.ts'
import { dunningRulesOf } from '../../../platform/settings/index.ts'
import {
  listRenewalsOfInvoices,
  lockSubscriptions,
  type RenewalOfInvoice,
} from '../../subscriptions/index.ts'
import { loadStates } from '../load/load-states.ts'
import { sourceOf } from '../salvage/wire.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/**
 * What recoveries are decided by, by invoice, a set at a time: locked in the order subscriptions, invoices, like every
 * batch. Subscriptions that somebody else holds are left to them, unless the caller waits.
 */
export async function loadRetries(
  deps: Pick<BillingDeps, 'database' | 'clock'>,
  tx: Tx,
  scope: BillingScope,
  of: {
    readonly subscriptionIds: readonly Uuid[]
    readonly at: Instant
    readonly isWaiting?: boolean
  },
): Promise<Map<Uuid, RetryState>> {
  const { accountId } = scope
  const { at } = of
  const subscriptions = await lockSubscriptions(tx, accountId, of.subscriptionIds, {
    skipLocked: of.isWaiting !== true,
  })
  const billed = await loadStates(tx, scope, subscriptions, { withRoutes: true, at })
  const invoiceIds = billed.flatMap((state) => state.openCases.map((open) => open.invoiceId))
  const [invoices, lines, renewals, counts, live, tries, outages, viewOf, salvageOf] =
    await Promise.all([
      lockInvoices(tx, accountId, invoiceIds),
      listInvoiceLines(tx, accountId, invoiceIds),
      listRenewalsOfInvoices(tx, accountId, invoiceIds),
      countAttempts(tx, accountId, invoiceIds),
      listLivePayments(tx, accountId, invoiceIds),
      listCaseTries(tx, accountId, invoiceIds),
      listOutages(tx, accountId, { at }),
      loadViews(deps, tx, scope, { subscriptions, at }),
      loadSalvages(tx, accountId, { subscriptions, invoiceIds }),
    ])
  const linesOf = Map.groupBy(lines, (line) => line.invoiceId)
  const stateOf = new Map(billed.map((state) => [state.subscription.id, state]))
  const renewalOf = new Map(renewals.map((renewal) => [renewal.invoiceId, renewal]))
  const retries = new Map<Uuid, RetryState>()
  for (const invoice of invoices) {
    const state = invoice.subscriptionId === null ? undefined : stateOf.get(invoice.subscriptionId)
    if (state === undefined) continue
    const renewal = renewalOf.get(invoice.id) ?? null
    const salvage = salvageOf({ ...state.subscription, invoiceId: invoice.id, renewal })
    const made = markOutages(tries.get(invoice.id) ?? [], outages, invoice.currency)
    const { override, view } = viewOf(state.subscription.id, made, salvage)
    const openCases = state.openCases.map((open) => ({ ...open, policy: override }))
    retries.set(invoice.id, {
      invoice,
      lines: linesOf.get(invoice.id) ?? [],
      renewal,
      billed: { ...state, openCases },
      attemptsMade: counts.get(invoice.id) ?? 0,
      chargedAt: live.get(invoice.id) ?? null,
      view: { ...view, isRouted: state.routing !== undefined },
    })
  }
  return retries
}

/** The salvage profile of a bill, if its subscription profile names one that is for such bills. */
async function loadSalvages(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly subscriptions: readonly Pick<Subscription, 'id' | 'profile'>[]
    readonly invoiceIds: readonly Uuid[]
  },
): Promise<
  (bill: {
    readonly id: Uuid
    readonly invoiceId: Uuid
    readonly renewal: Pick<RenewalOfInvoice, 'kind'> | null
  }) => SalvagePlan | null
> {
  const following = of.subscriptions.filter(({ profile }) => profile !== null)
  if (following.length === 0) return () => null
  const ids = following.map(({ id }) => id)
  const plans = await listSalvagePlans(tx, accountId, ids)
  const isAsked = [...plans.values()].some(({ attempts }) =>
    attempts.some(({ gateway }) => gateway === 'original'),
  )
  const gateways = await listFirstGateways(tx, accountId, isAsked ? of.invoiceIds : [])
  return ({ id, invoiceId, renewal }) => {
    const plan = plans.get(id)
    if (plan?.sources.includes(sourceOf(renewal?.kind ?? null)) !== true) return null
    return { ...plan, originalGatewayId: gateways.get(invoiceId) ?? null }
  }
}

type ViewOf = (
  subscriptionId: Uuid,
  tries: readonly CaseTry[],
  salvage: SalvagePlan | null,
) => { readonly override: RecoveryPolicy | null; readonly view: CaseView }

/** Policies, cards and what the planner believes, for many subscriptions. */
async function loadViews(
  deps: Pick<BillingDeps, 'database' | 'clock'>,
  tx: Tx,
  scope: BillingScope,
  of: {
    readonly subscriptions: readonly Pick<Subscription, 'id' | 'customerId' | 'productId'>[]
    readonly at: Instant
  },
): Promise<ViewOf> {
  const { accountId, account } = scope
  const { subscriptions, at } = of
  const [choices, methods, codes, campaigns] = await Promise.all([
    listNarrowerChoices(
      tx,
      accountId,
      subscriptions.map((subscription) => subscription.id),
    ),
    listTryableMethods(tx, accountId, subscriptions, {
      hasBackups: account.settings.payments.backupMethods,
    }),
    listGatewayCodes(tx, accountId),
    listCampaignSteps(tx, accountId, subscriptions),
  ])
  const rules = dunningRulesOf(account)
  const own = toPolicy(account.settings.recovery, rules)
  const isAsked =
    own.kind === 'planner' ||
    [...choices.values()].some(({ choice }) => choice.policy === 'planner')
  const [model, fees, cards] = await Promise.all([
    isAsked ? plannerModelOf(deps, tx, { accountId, at }) : null,
    isAsked ? listGatewayFees(tx, accountId) : new Map(),
    cardsOf(tx, accountId, { methods, at }),
  ])
  const cardsBy = Map.groupBy(cards, (card) => card.subscriptionId)
  return (subscriptionId, tries, salvage) => {
    const narrower = choices.get(subscriptionId)
    // What a subscription asks for itself goes before its profile.
    const held = narrower?.from === 'subscription' ? null : salvage
    const chosen = narrower === undefined ? null : toPolicy(narrower.choice, rules)
    const campaign = campaigns.get(subscriptionId)
    const dunned = campaign === undefined ? chosen : campaignPolicy(campaign, chosen ?? own)
    const override = held === null ? dunned : toPolicy(toSalvageChoice(held), rules)
    const policy = override ?? own
    const view = {
      policy,
      cards: cardsBy.get(subscriptionId) ?? [],
      tries,
      model: policy.kind === 'planner' || own.kind === 'planner' ? model : null,
      isRouted: false,
      ...(held === null ? {} : { salvage: held }),
      draw: drawOf(subscriptionId, tries.length, model),
      fees,
      gatewayName: (id: string) => codes.get(id) ?? id,
    }
    return { override, view }
  }
}

async function cardsOf(
  tx: Tx,
  accountId: Uuid,
  of: { readonly methods: readonly TryableMethod[]; readonly at: Instant },
): Promise<(CaseCard & { readonly subscriptionId: Uuid })[]> {
  const { methods, at } = of
  const paymentMethodIds = [...new Set(methods.map((method) => method.paymentMethodId))]
  const guarded = await listGuardedCards(tx, accountId, { paymentMethodIds, at })
  return methods.map((method) => ({
    subscriptionId: method.subscriptionId,
    paymentMethodId: method.paymentMethodId,
    guarded: guarded.get(method.paymentMethodId) ?? null,
    traits: traitsOfCard({
      bin: method.cardBin,
      brand: method.cardBrand,
      funding: method.cardFunding,
      country: method.cardCountry,
    }),
    gatewayIds: method.gatewayIds,
  }))
}

/** Chance for the planner's exploring: the same for a case and try however often it is decided. */
function drawOf(subscriptionId: Uuid, tries: number, model: PlannerModel | null): number {
  if (model === null) return 1
  const hex = subscriptionId.slice(-8)
  return ((Number.parseInt(hex, 16) + tries * 0x9e3779b1) % 2 ** 32) / 2 ** 32
}
