/** What a gateway without webhooks needs, for benchmarks and tests. */
import type { Deliverer } from './deliverer.ts'
import type { SendEvent } from './send.ts'

const deliverer: Deliverer = {
  start: async () => {},
  changed: () => {},
  added: () => {},
  backlogMs: () => 0,
  close: async () => {},
}

const sendEvent: SendEvent = async () => ({ kind: 'refused', error: 'nothing is sent here' })

/** Members of `GatewayParts`. */
export const noWebhooks = { deliverer, sendEvent }
