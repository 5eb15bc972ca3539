import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { Choice, RequestType, SourceEntry, StepAmount } from './source.ts'

/** Something that is true of a gateway and the customer, or the charge, at hand. */
export type GatewayTrait =
  | 'approved_for_customer'
  | 'declined_for_customer'
  | 'declined_in_request'
  | 'last_success_of_subscription'

export type FilterOutputs = { readonly passed?: string; readonly failed?: string }
type NextOutput = { readonly next?: string }

type FilterNode =
  | { readonly type: 'filter_request_type'; readonly requestTypes: readonly RequestType[] }
  | { readonly type: 'filter_campaign'; readonly campaigns: readonly string[] }
  | { readonly type: 'filter_currency'; readonly currencies: readonly Currency[] }
  | {
      readonly type: 'filter_amount'
      readonly minAmountMinor?: bigint
      readonly maxAmountMinor?: bigint
    }
  | { readonly type: 'filter_product'; readonly productIds: readonly Uuid[] }
  | { readonly type: 'filter_customer_group'; readonly customerGroups: readonly string[] }
  | {
      readonly type: 'filter_metadata'
      readonly key: string
      readonly operator: 'equals' | 'not_equals' | 'contains' | 'exists'
      readonly value?: string
    }
  /** Passes when the last attempt of this charge was declined with one of these. */
  | { readonly type: 'filter_gateway_response'; readonly declineCodes: readonly string[] }
  /** The attempts on what is charged, the one about to be made included. */
  | {
      readonly type: 'filter_attempt_count'
      readonly operator: 'at_least' | 'at_most'
      readonly count: number
    }

export type ChooseGatewayNode = {
  readonly type: 'action_choose_gateway'
  readonly outputs: NextOutput
  readonly entries: readonly SourceEntry[]
  readonly pick: Choice
  /** Gateways that have one of these go before all others. */
  readonly preferIfAny?: readonly GatewayTrait[]
  readonly doNotChooseIfAny?: readonly GatewayTrait[]
  readonly excludeGroupIds?: readonly Uuid[]
  /** Used when nothing is left of the entries. */
  readonly failsafe?: readonly SourceEntry[]
  /** The gateway with the best approval rate for the card's BIN, where enough is known. */
  readonly smartBin?: boolean
}

/** A node of a flow graph (revcent 7.4). `outputs` name the nodes that follow; an absent one ends the flow. */
export type FlowNode = { readonly id: string } & (
  | { readonly type: 'start_payment_request'; readonly outputs: NextOutput }
  | (FilterNode & { readonly outputs: FilterOutputs })
  | ChooseGatewayNode
  | {
      readonly type: 'action_process_payment'
      /** `error`: the charge did not reach an issuer; without one, as declined. */
      readonly outputs: {
        readonly approved?: string
        readonly declined?: string
        readonly error?: string
      }
    }
  | {
      readonly type: 'action_change_amount'
      readonly outputs: NextOutput
      readonly amount: StepAmount
    }
  | {
      readonly type: 'action_insert_metadata'
      readonly outputs: NextOutput
      readonly key: string
      readonly value: string
    }
  /** Tells the merchant's own function by an event; its answer is not waited for. */
  | {
      readonly type: 'action_call_function'
      readonly outputs: NextOutput
      readonly functionName: string
    }
  | {
      readonly type: 'action_return_error'
      readonly outputs: Record<never, never>
      readonly message: string
    }
  | { readonly type: 'action_abort'; readonly outputs: Record<never, never> }
)

export type FlowFilter = Extract<FlowNode, { readonly type: `filter_${string}` }>

/** The nodes that a node's outputs name, by output. */
export function outputsOf(node: FlowNode): [output: string, to: string][] {
  return Object.entries(node.outputs).filter(
    (output): output is [string, string] => typeof output[1] === 'string',
  )
}
