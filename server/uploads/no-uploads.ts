/** What a gateway without files needs, for benchmarks and tests. */
import { OutboundFailure } from '../ports/outbound.ts'
import type { Uploads } from './uploads.ts'

const refuse = () => Promise.reject(new Error('no files are taken here'))

export const noUploads: Uploads = {
  receive: refuse,
  adapt: refuse,
  locate: async () => undefined,
  discard: async () => {},
  purge: async () => 0,
  sweep: async () => {},
}

const nothing = () => Promise.reject(new OutboundFailure('refused', 'nothing is fetched here'))

/** Members of `GatewayParts`. */
export const noFiles = {
  uploads: noUploads,
  outbound: { get: nothing, post: nothing, judge: nothing, close: () => {} },
  maxFileBytes: 0,
}
