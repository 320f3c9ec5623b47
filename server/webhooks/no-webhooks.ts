import type { Deliverer } from './deliverer.ts'

/** What a gateway without webhooks needs, for benchmarks and tests. */
export const noDeliverer: Deliverer = {
  start: async () => {},
  changed: () => {},
  added: () => {},
  backlogMs: () => 0,
  close: async () => {},
}
