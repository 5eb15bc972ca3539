import type { GatewayPort } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Clock } from '../../platform/clock/index.ts'

/**
 * What was cut off may be on its way still: its absence means nothing before the gateway's own limit, counted from the
 * last moment at which it can have been sent.
 */
export function mayStillArrive(
  { clock, leaseMs }: { readonly clock: Clock; readonly leaseMs: number },
  port: GatewayPort,
  sentAt: Instant,
): boolean {
  return port.absentAfterMs > 0 && clock.now() - sentAt < port.absentAfterMs + leaseMs
}
