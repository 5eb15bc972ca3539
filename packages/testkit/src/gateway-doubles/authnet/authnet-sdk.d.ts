// The official client has no types of its own. These are of what the proof asks of it, and no more.
declare module 'authorizenet' {
  /** Contracts take plain objects, and give what the schema calls them back. */
  type Contract = new (fields?: unknown) => { getJSON(): unknown }

  type Controller = new (request: unknown) => {
    setEnvironment(url: string): void
    execute(callback: () => void): void
    getResponse(): unknown
    getError(): unknown
  }

  const sdk: {
    readonly APIContracts: Readonly<Record<string, Contract>>
    readonly APIControllers: Readonly<Record<string, Controller>>
  }
  export default sdk
}
