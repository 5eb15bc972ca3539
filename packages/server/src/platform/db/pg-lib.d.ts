// What we use of a file of `pg` whose types it does not bring.
declare module 'pg/lib/utils.js' {
  /** A parameter in PostgreSQL's own text; arrays and objects too. */
  export function prepareValue(value: unknown): string | Buffer | null
}
