import { beforeEach, describe, expect, test } from 'vitest'
import type { ApiKeyRow } from '../ports/store/api-keys.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { type ApiKeys, createApiKeys, mintApiKey } from './api-key.ts'

const start = Date.parse('2026-05-01T12:00:00Z')
const minute = 60_000

let now: number
let rows: Map<string, ApiKeyRow>
let lookups: string[]
let touches: [string, number][]
let warnings: unknown[]
let failure: Error | undefined
let keys: ApiKeys

beforeEach(() => {
  now = start
  rows = new Map()
  lookups = []
  touches = []
  warnings = []
  failure = undefined
  keys = createApiKeys({
    store: {
      findApiKey: async (id) => {
        lookups.push(id)
        if (failure) throw failure
        return rows.get(id)
      },
      touchApiKey: async (id, at) => {
        if (failure) throw failure
        touches.push([id, at])
      },
    },
    clock: () => now,
    monotonic: () => now - start,
    log: { warn: (...args: unknown[]) => void warnings.push(args) },
  })
})

const mint = (changes: Partial<Parameters<typeof mintApiKey>[0]> = {}) => {
  const minted = mintApiKey({ organizationId: 'org_1', capabilities: ['read', 'send'], ...changes }, now)
  rows.set(minted.row.id, minted.row)
  return minted
}

/** Replaces one character, so that the checksum no longer fits. */
const changeAt = (text: string, at: number) => text.slice(0, at) + (text[at] === '7' ? '8' : '7') + text.slice(at + 1)

describe('a new key', () => {
  test('has prefix, id, secret and checksum: 67 characters', () => {
    expect(mint().text).toMatch(/^wa_[0-9A-HJKMNP-TV-Z]{26}[0-9A-Za-z]{38}$/)
  })

  test('is not in its row', () => {
    const { text, row } = mint({ label: 'ci', expiresAt: start + minute })
    expect(row).toEqual({
      id: `key_${text.slice(3, 29)}`,
      organizationId: 'org_1',
      capabilities: ['read', 'send'],
      label: 'ci',
      secretHash: expect.any(Buffer),
      createdAt: start,
      expiresAt: start + minute,
    })
    expect(row.secretHash).toHaveLength(32)
    expect(JSON.stringify(row)).not.toContain(text.slice(29, 61))
  })

  test('is another one each time', () => {
    expect(mint().text).not.toBe(mint().text)
  })
})

describe('verify', () => {
  test('a good key is its organization with exactly what it was granted', async () => {
    const { text, row } = mint()
    expect(await keys.verify(text)).toEqual({
      kind: 'apiKey',
      subject: row.id,
      organizationId: 'org_1',
      capabilities: new Set(['read', 'send']),
      superAdmin: false,
    })
  })

  test.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['another prefix', (text) => `wb_${text.slice(3)}`],
    ['a wrong id character', (text) => changeAt(text, 5)],
    ['a wrong secret character', (text) => changeAt(text, 40)],
    ['a wrong checksum character', (text) => changeAt(text, 66)],
    ['upper case', (text) => text.toUpperCase()],
    ['lower case', (text) => text.toLowerCase()],
    ['truncated', (text) => text.slice(0, -1)],
    ['appended', (text) => `${text}0`],
    ['twice', (text) => `${text}, ${text}`],
    ['a NUL at the end', (text) => `${text}\0`],
    ['a new line at the end', (text) => `${text}\n`],
    ['a look-alike character', (text) => text.replace('wa_', 'wа_')],
    ['8 KB', (text) => text.padEnd(8192, 'x')],
  ])('%s: refused without asking the store', async (_name, change) => {
    expect(await keys.verify(change(mint().text))).toBeUndefined()
    expect(lookups).toEqual([])
  })

  test('unknown, with a true checksum: refused, and the store is asked once in two seconds', async () => {
    const { text, row } = mint()
    rows.clear()
    expect(await keys.verify(text)).toBeUndefined()
    now += 1_999
    expect(await keys.verify(text)).toBeUndefined()
    expect(lookups).toEqual([row.id])
    now += 1
    await keys.verify(text)
    expect(lookups).toHaveLength(2)
  })

  test('the id of a known key with another secret: refused', async () => {
    const { row } = mint()
    const stranger = mintApiKey({ organizationId: 'org_2', capabilities: ['manage'] }, now)
    rows.set(stranger.row.id, { ...row, id: stranger.row.id })
    expect(await keys.verify(stranger.text)).toBeUndefined()
  })

  test('expired: refused from the millisecond on', async () => {
    const { text } = mint({ expiresAt: start + 1_000 })
    now = start + 999
    expect(await keys.verify(text)).toBeDefined()
    now = start + 1_000
    expect(await keys.verify(text)).toBeUndefined()
  })

  test('revoked by another process: refused within two seconds', async () => {
    const { text, row } = mint()
    expect(await keys.verify(text)).toBeDefined()
    rows.set(row.id, { ...row, revokedAt: now })
    now += 2_000
    expect(await keys.verify(text)).toBeUndefined()
  })

  test('a busy key is looked up once in two seconds, however many requests come at once', async () => {
    const { text, row } = mint()
    await Promise.all(Array.from({ length: 100 }, () => keys.verify(text)))
    now += 1_999
    await keys.verify(text)
    expect(lookups).toEqual([row.id])
  })

  test('made-up keys do not push the known one out of memory', async () => {
    const { text } = mint()
    await keys.verify(text)
    for (let i = 0; i < 10_001; i++)
      await keys.verify(mintApiKey({ organizationId: 'org_1', capabilities: [] }, now).text)
    lookups = []
    expect(await keys.verify(text)).toBeDefined()
    expect(lookups).toEqual([])
  })

  test('a clock that jumps back does not prolong what is remembered', async () => {
    const { text, row } = mint()
    let steady = 0
    const jumping = createApiKeys({
      store: { findApiKey: async (id) => rows.get(id), touchApiKey: async () => {} },
      clock: () => now,
      monotonic: () => steady,
      log: { warn: () => {} },
    })
    expect(await jumping.verify(text)).toBeDefined()
    rows.set(row.id, { ...row, revokedAt: now })
    now -= 3_600_000
    steady += 2_000
    expect(await jumping.verify(text)).toBeUndefined()
  })
})

describe('last used', () => {
  test('is stored at most once a minute', async () => {
    const { text, row } = mint()
    for (let i = 0; i < 90; i++) {
      await keys.verify(text)
      now += 1_000
    }
    expect(touches).toEqual([
      [row.id, start],
      [row.id, start + minute],
    ])
  })

  test('is not stored for a key that was refused', async () => {
    const { text } = mint({ expiresAt: start })
    await keys.verify(text)
    expect(touches).toEqual([])
  })

  test('that takes forever does not hold up the caller', async () => {
    const { text } = mint()
    const slow = createApiKeys({
      store: { findApiKey: async (id) => rows.get(id), touchApiKey: () => new Promise(() => {}) },
      clock: () => now,
      log: { warn: () => {} },
    })
    expect(await slow.verify(text)).toBeDefined()
  })

  test('that fails is a warning without the key', async () => {
    const { text, row } = mint()
    const failing = createApiKeys({
      store: {
        findApiKey: async (id) => rows.get(id),
        touchApiKey: async () => {
          throw new StoreUnavailable('the database is locked')
        },
      },
      clock: () => now,
      log: { warn: (...args: unknown[]) => void warnings.push(args) },
    })
    expect(await failing.verify(text)).toBeDefined()
    await expect.poll(() => warnings).toHaveLength(1)
    expect(JSON.stringify(warnings)).toContain(row.id)
    expect(JSON.stringify(warnings)).not.toContain(text)
  })
})

test('a store that cannot be asked is an error, not a refusal, and not remembered', async () => {
  const { text } = mint()
  failure = new StoreUnavailable('the database is locked')
  await expect(keys.verify(text)).rejects.toThrow(StoreUnavailable)
  failure = undefined
  expect(await keys.verify(text)).toBeDefined()
})
