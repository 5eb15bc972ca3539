// What we use of the package, which brings no types.
declare module 'autocannon' {
  type Request = {
    readonly method?: string
    readonly path?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  type Options = {
    readonly url: string
    readonly connections: number
    readonly duration: number
    readonly requests: readonly (Request & {
      readonly setupRequest?: (request: Request) => Request
    })[]
  }
  type Result = { readonly non2xx: number; readonly errors: number; readonly '2xx': number }
  type Instance = Promise<Result> & {
    on(
      event: 'response',
      listener: (
        client: unknown,
        statusCode: number,
        bytes: number,
        responseTimeMs: number,
      ) => void,
    ): void
  }
  export default function autocannon(options: Options): Instance
}
