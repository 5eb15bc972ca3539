/** How this face says no: a status, a sentence and, for bad input, every problem that was found. */
export class FaceRefusal extends Error {
  override readonly name = 'FaceRefusal'
  readonly status: number
  readonly problems: readonly string[] | null

  constructor(status: number, message: string, problems: readonly string[] | null = null) {
    super(message)
    this.status = status
    this.problems = problems
  }

  static invalid(problems: readonly string[]): FaceRefusal {
    return new FaceRefusal(400, 'The request is not valid.', problems)
  }

  static notFound(what: string): FaceRefusal {
    return new FaceRefusal(404, `There is no such ${what}.`)
  }
}

/** The body of every error of this face. */
export function toErrorBody(refusal: Pick<FaceRefusal, 'message' | 'problems'>) {
  return { message: refusal.message, errors: refusal.problems }
}
