/** Receivers whose certificate is not as it should be: they are not sent anything. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createOutbound } from './outbound.ts'
import { type Certificate, certificate } from './test-certificate.ts'

const trusted = certificate({ name: 'An authority', isAuthority: true })
const unknown = certificate({ name: 'Another authority', isAuthority: true })
const intermediate = certificate({ name: 'An intermediate', isAuthority: true, by: trusted.authority })
const outbound = createOutbound({ allowed: ['127.0.0.0/8'], resolve: async () => ['127.0.0.1'] })
const usual = getCACertificates()
const closers: (() => void)[] = []

beforeAll(() => setDefaultCACertificates([trusted.cert]))
afterAll(() => {
  outbound.close()
  setDefaultCACertificates(usual)
})
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server that answers 204, and keeps what it was sent. */
const serve = async ({ cert, key }: Certificate, options: TlsOptions = {}) => {
  let received = ''
  const server = createServer({ cert, key, ...options }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received += bytes
      socket.end('HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  const ended = once(server, 'connection').then(([socket]) => once(socket, 'close'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closers.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `https://receiver.example:${port}/`, ended, received: () => received }
}

const posted = {
  headers: { 'content-type': 'application/json', 'x-password': 'secret' },
  body: '{"a":1}',
  totalMs: 10_000,
}
const server = (options: object = {}) => certificate({ name: 'receiver.example', by: trusted.authority, ...options })

test('a certificate of a trusted authority is enough', async () => {
  const { url, received } = await serve(server())
  expect(await outbound.post(url, posted)).toEqual({ status: 204 })
  expect(received()).toContain('{"a":1}')
})

test.each<[string, Certificate, string]>([
  ['is self-signed', certificate({ name: 'receiver.example' }), 'its certificate is self-signed'],
  ['has expired', server({ expiresAt: Date.now() - 1_000 }), 'its certificate has expired'],
  ['is not valid yet', server({ expiresAt: Date.now() + 48 * 3_600_000 }), 'its certificate is not valid yet'],
  ['is for another host', server({ name: 'other.example' }), 'its certificate is for another host'],
  ['is of an unknown authority', server({ by: unknown.authority }), 'an authority that is not trusted'],
  ['lacks the one between', server({ by: intermediate.authority }), 'does not send its intermediate certificate'],
])('a certificate that %s: the delivery says so, and nothing was sent', async (_, wrong, message) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { url, ended, received } = await serve(wrong, { maxVersion })
    await expect(outbound.post(url, posted)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(message),
    })
    await ended
    expect(received()).toBe('')
  }
})
