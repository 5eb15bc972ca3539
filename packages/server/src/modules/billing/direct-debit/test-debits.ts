import assert from 'node:assert/strict'

/** What is asked of a shop whose customers pay by Direct Debit. */
type Shop = {
  createCustomer(): Promise<string>
  request(
    method: 'POST' | 'PATCH',
    path: string,
    request: { readonly body: object; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<{ readonly status: number; readonly body: unknown; text(path: string): string }>
}

/** A mandate of the customer's that its bank is asked for; in force some days later. Returns its id. */
export async function signMandate(shop: Shop, customerId: string): Promise<string> {
  await shop.request('PATCH', `/customers/${customerId}`, { body: { name: 'Ada Byron' } })
  const lodged = await shop.request('POST', '/mandates', {
    headers: { 'idempotency-key': crypto.randomUUID() },
    body: {
      customerId,
      accountHolderName: 'Ada Byron',
      sortCode: '20-00-00',
      accountNumber: '55779911',
      acceptance: {
        acceptedAt: '2027-01-15T08:00:00.000Z',
        payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
        declarations: { sole_signatory: true },
        guaranteeVersion: '2024-1',
      },
    },
  })
  assert.equal(lodged.status, 201, JSON.stringify(lodged.body))
  return lodged.text('data.id')
}

/** A bill, and a debit of all of it that is planned; the bill's id. */
export async function planDebit(
  shop: Shop,
  of: { readonly customerId: string; readonly mandateId: string; readonly amountMinor: number },
): Promise<string> {
  const { customerId: customer_uuid, mandateId, amountMinor } = of
  const currency = 'GBP'
  const made = { customer_uuid, total_minor: amountMinor, currency }
  const drafted = await shop.request('POST', '/invoices', { body: made })
  const sourceId = drafted.text('data.id')
  await shop.request('POST', `/invoices/${sourceId}/finalize`, { body: {} })
  const body = { amountMinor, currency, sourceType: 'invoice', sourceId }
  const planned = await shop.request('POST', `/mandates/${mandateId}/collections`, { body })
  assert.equal(planned.status, 201, JSON.stringify(planned.body))
  return sourceId
}
