/** How this face says no: callers branch on the status and the structured fields, so both are given here. */
export class FaceRefusal extends Error {
  override readonly name = 'FaceRefusal'
  readonly status: number
  readonly body: Readonly<Record<string, unknown>> & { readonly error: string }
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    body: Readonly<Record<string, unknown>> & { readonly error: string },
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.error)
    this.status = status
    this.body = body
    this.headers = headers
  }

  static invalid(field: string, problem: string): FaceRefusal {
    return new FaceRefusal(400, { error: `${field} ${problem}.`, field })
  }
}
