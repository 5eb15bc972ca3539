import { hash, verify } from '@node-rs/argon2'

/** OWASP's password storage cheat sheet, argon2id: 19 MiB, two passes, one thread. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** An argon2id hash with its salt and cost in it. Takes tens of milliseconds, off the main thread. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST)
}

export function verifyPassword(stored: {
  readonly hash: string
  readonly password: string
}): Promise<boolean> {
  return verify(stored.hash, stored.password)
}
