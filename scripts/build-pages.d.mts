export function findStalePages(root: string): readonly { readonly app: string }[]
export function buildStalePages(
  root: string,
  build: (program: string, args: readonly string[]) => Promise<unknown>,
): Promise<void>
