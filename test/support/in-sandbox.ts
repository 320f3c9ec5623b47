/** What the end-to-end tests share that play on one sandbox: its start and end, its callers, a session that a phone has linked. */
import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { Account } from '../../loopback/index.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { type Caller, caller } from './api.ts'

export let sandbox: Sandbox
/** Each has the capability that it is called by, and no other; `full` has all. */
export let manage: Caller
export let read: Caller
export let send: Caller
export let full: Caller

/** One sandbox for all tests of a file. What the client asked WhatsApp in vain fails the file. */
export const inSandbox = (options?: SandboxOptions): void => {
  beforeAll(async () => {
    sandbox = await startSandbox(options)
    const { url, target } = sandbox
    manage = caller(url, target.tokens.manageOnly)
    read = caller(url, target.tokens.readOnly)
    send = caller(url, target.tokens.sendOnly)
    full = caller(url, target.tokens.full)
  })
  afterAll(async () => {
    expect(sandbox?.loopback.unhandled).toEqual([])
    await sandbox?.close()
  })
}

/** The code that a session shows, as soon as it shows one. @throws when it shows none within ten seconds */
export const shownCode = (id: string): Promise<string> =>
  vi.waitFor(
    async () => {
      const answer = await manage('GET', `/sessions/${id}/qr`)
      expect(answer.status).toBe(200)
      return (answer.body as { code: string }).code
    },
    { timeout: 10_000, interval: 20 },
  )

/** A new session that this account's phone has linked. */
export const linked = async (owner: Account) => {
  const { id } = (await manage('POST', '/sessions', { start: true })).body as { id: string }
  const companion = await owner.phone.scanQR(await shownCode(id))
  return { id, companion }
}

/** Resolves when the session is answered with these members. @throws when it is not within ten seconds */
export const becomes = (id: string, expected: object) =>
  vi.waitFor(async () => expect((await manage('GET', `/sessions/${id}`)).body).toMatchObject(expected), 10_000)
