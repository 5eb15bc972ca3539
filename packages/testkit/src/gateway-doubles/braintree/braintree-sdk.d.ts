// The official client has no types of its own. These are of what the proof asks of it, and no more.
declare module 'braintree' {
  type Attributes = Readonly<Record<string, unknown>>

  export type SdkTransaction = {
    readonly id: string
    readonly status: string
    readonly type: string
    readonly amount: string
    readonly currencyIsoCode: string
    readonly orderId: string | null
    readonly processorResponseCode: string
    readonly processorResponseText: string
    readonly gatewayRejectionReason: string | null
    readonly networkTransactionId: string | null
    readonly refundIds: readonly string[]
    readonly refundedTransactionId: string | null
    readonly creditCard: {
      readonly token: string
      readonly last4: string
      readonly cardType: string
    }
    readonly customer: { readonly id: string }
  }

  type SdkResult<Made> = Made & {
    readonly success: boolean
    readonly message: string
    readonly errors: { deepErrors(): readonly { readonly code: string }[] }
  }

  type SdkDispute = {
    readonly id: string
    readonly status: string
    readonly amountDisputed: string
    readonly replyByDate: string
    readonly transaction: { readonly id: string }
  }

  type TextCriterion = { is(value: string): void }
  type RangeCriterion = { between(min: string, max: string): void }

  export class Environment {
    constructor(...address: [string, string, string, boolean, string, string])
  }

  export class BraintreeGateway {
    constructor(config: {
      readonly environment: Environment
      readonly merchantId: string
      readonly publicKey: string
      readonly privateKey: string
    })
    readonly config: { timeout: number }
    readonly transaction: {
      sale(attributes: Attributes): Promise<SdkResult<{ readonly transaction: SdkTransaction }>>
      find(id: string): Promise<SdkTransaction>
      void(id: string): Promise<SdkResult<{ readonly transaction: SdkTransaction }>>
      refund(
        id: string,
        options: Attributes,
      ): Promise<SdkResult<{ readonly transaction: SdkTransaction }>>
      submitForSettlement(
        id: string,
        amount?: string,
      ): Promise<SdkResult<{ readonly transaction: SdkTransaction }>>
      search(
        fill: (search: { orderId(): TextCriterion; settledAt(): RangeCriterion }) => void,
      ): AsyncIterable<SdkTransaction>
    }
    readonly customer: {
      create(attributes: Attributes): Promise<
        SdkResult<{
          readonly customer: {
            readonly id: string
            readonly creditCards: readonly { readonly token: string; readonly last4: string }[]
          }
        }>
      >
    }
    readonly paymentMethod: {
      find(token: string): Promise<{
        readonly token: string
        readonly last4: string
        readonly cardType: string
        readonly expirationYear: string
        readonly uniqueNumberIdentifier: string
      }>
    }
    readonly merchantAccount: {
      all(): AsyncIterable<{
        readonly id: string
        readonly currencyIsoCode: string
        readonly default: boolean
      }>
    }
    readonly dispute: {
      find(id: string): Promise<SdkResult<{ readonly dispute: SdkDispute }>>
      addTextEvidence(id: string, text: string): Promise<{ readonly success: boolean }>
      addFileEvidence(id: string, documentId: string): Promise<{ readonly success: boolean }>
      removeEvidence(id: string, evidenceId: string): Promise<unknown>
      finalize(id: string): Promise<{ readonly success: boolean }>
      accept(id: string): Promise<{ readonly success: boolean }>
    }
    readonly documentUpload: {
      create(options: {
        readonly kind: string
        readonly file: unknown
      }): Promise<SdkResult<{ readonly documentUpload: { readonly id: string } }>>
    }
    readonly webhookNotification: {
      parse(
        signature: string,
        payload: string,
      ): Promise<{
        readonly kind: string
        readonly timestamp: string
        readonly dispute?: SdkDispute
        readonly transaction?: SdkTransaction
      }>
    }
    readonly webhookTesting: {
      sampleNotification(
        kind: string,
        id: string,
      ): { readonly bt_signature: string; readonly bt_payload: string }
    }
  }
}
