import type { FastifyRequest } from 'fastify'

/** Where another face of the service says that its calls of `/v2` come from: no socket has such an address. */
export const IN_PROCESS = 'in-process'

/** Whether a request was made in this process and past the network, by a face that has looked at its key itself. */
export function isInProcess(request: FastifyRequest): boolean {
  return request.raw.socket.remoteAddress === IN_PROCESS
}
