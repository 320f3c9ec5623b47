import { expect, onTestFinished, test, vi } from 'vitest'
import type { FieldError, GatewayError } from '../model/errors.ts'
import type { SessionRow } from '../model/session.ts'
import type { Upload } from '../model/upload.ts'
import { type Outbound, OutboundFailure, type OutboundLimits } from '../ports/outbound.ts'
import { createAttach } from './attach.ts'

const session = { id: 'sess_1', organizationId: 'org_1' } as SessionRow
const upload: Upload = {
  id: 'med_1',
  file: {
    keys: { kind: 'image', mediaKey: Buffer.of(), sha256: Buffer.of(), encSha256: Buffer.of() },
    mimetype: 'image/png',
    kinds: ['image', 'document'],
    size: 3,
    encryptedSize: 26,
  },
  expiresAt: 1,
}

const started = (get: Outbound['get']) => {
  const received: Buffer[] = []
  const attach = createAttach({
    store: { useUpload: async () => undefined },
    uploads: {
      receive: async (_session, bytes) => {
        const parts: Uint8Array[] = []
        for await (const part of bytes) parts.push(part)
        received.push(Buffer.concat(parts))
        return upload
      },
      adapt: async () => upload,
    },
    outbound: { get },
    clock: () => 0,
    maxFileBytes: 1_000_000,
  })
  const send = (media: object, signal = new AbortController().signal) =>
    attach(session, { type: 'image', to: '1@s.whatsapp.net', media }, { expiresAt: 1, signal }).then(
      ({ draft }) => draft.type,
      ({ code, details }: GatewayError) => (details?.errors as FieldError[] | undefined)?.[0]?.code ?? code,
    )
  return { send, received }
}

const nothing = () => Promise.reject(new OutboundFailure('unreachable', 'it is not there'))
/** An address that never answers. */
const silent = (_url: string, { totalMs, signal }: OutboundLimits) =>
  new Promise<never>((_resolve, reject) => {
    const end = () => reject(new OutboundFailure('unreachable', 'it does not answer in time'))
    setTimeout(end, totalMs).unref()
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end)
  })

test('an address has its time, and one whose turn does not come in that time was not tried', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { send } = started(silent)
  const ended = Promise.all(Array.from({ length: 6 }, () => send({ url: 'http://example.com/' })))
  await vi.advanceTimersByTimeAsync(40_000)
  expect(await ended).toEqual([...Array(4).fill('unreachable'), ...Array(2).fill('gateway_unavailable')])
})

test('an address is fetched until its caller has gone', async () => {
  const { send } = started(silent)
  const gone = new AbortController()
  const ended = send({ url: 'http://example.com/' }, gone.signal)
  gone.abort()
  expect(await ended).toBe('unreachable')
})

test('Base64 of any length is decoded', async () => {
  const { send, received } = started(nothing)
  for (const length of [1, 2, 3, 49_151, 49_152, 49_153, 200_000]) {
    const bytes = Buffer.from(Array.from({ length }, (_, at) => at % 251))
    expect(await send({ data: bytes.toString('base64') })).toBe('image')
    expect(received.pop()?.equals(bytes)).toBe(true)
  }
})

const large = Buffer.alloc(60_000).toString('base64')
test.each([
  ['without padding', 'AAA'],
  ['of URLs', '-_-_'],
  ['with a space', ' AAA'],
  ['with bits that no byte has', 'AAB='],
  ['that ends in its middle', `${large.slice(0, 65_534)}==${large.slice(65_536)}`],
  ['that is none at its end', `${large.slice(0, -1)}!`],
  ['padding alone', '===='],
])('Base64 %s is refused', async (_what, data) => {
  expect(await started(nothing).send({ data })).toBe('format')
})
