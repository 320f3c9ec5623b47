import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiKeyRow } from '../../ports/store/api-keys.ts'
import type { Store } from '../../ports/store/store.ts'
import { now, type OpenStore } from './examples.behaviour.ts'

const key = (id: string, more: Partial<ApiKeyRow> = {}): ApiKeyRow => ({
  id,
  organizationId: 'org_1',
  capabilities: ['read', 'send'],
  secretHash: randomBytes(32),
  createdAt: now,
  ...more,
})

export const apiKeysBehaviour = (openStore: OpenStore) =>
  describe('API keys', () => {
    let store: Store
    beforeAll(async () => {
      store = await openStore()
    })
    afterAll(() => store.close())

    test('a key comes back as it was given', async () => {
      const bare = key('key_bare')
      const full = key('key_full', { capabilities: ['manage'], label: 'CI', expiresAt: now + 1 })
      await store.insertApiKey(bare)
      await store.insertApiKey(full)
      expect(await store.findApiKey('key_bare')).toEqual(bare)
      expect(await store.findApiKey('key_full')).toEqual(full)
      expect(await store.findApiKey('key_nobody')).toBeUndefined()
    })

    test('keys are listed oldest first, of one organization or of all', async () => {
      const rows = [3, 1, 2].map((age) => key(`key_age${age}`, { organizationId: 'org_ages', createdAt: now - age }))
      for (const row of rows) await store.insertApiKey(row)
      const ids = ['key_age3', 'key_age2', 'key_age1']
      expect((await store.listApiKeys('org_ages')).map(({ id }) => id)).toEqual(ids)
      expect((await store.listApiKeys()).map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
      expect(await store.listApiKeys('org_empty')).toEqual([])
    })

    test('a key is revoked once, and is still found', async () => {
      const row = key('key_revoked')
      await store.insertApiKey(row)
      expect(await store.revokeApiKey('key_revoked', now + 1)).toBe(true)
      expect(await store.revokeApiKey('key_revoked', now + 2)).toBe(false)
      expect(await store.revokeApiKey('key_nobody', now)).toBe(false)
      expect(await store.findApiKey('key_revoked')).toEqual({ ...row, revokedAt: now + 1 })
    })

    test('the last use is kept to the minute', async () => {
      await store.insertApiKey(key('key_used'))
      for (const [at, kept] of [
        [now, now],
        [now + 59_999, now],
        [now + 60_000, now + 60_000],
      ] as const) {
        await store.touchApiKey('key_used', at)
        expect((await store.findApiKey('key_used'))?.lastUsedAt).toBe(kept)
      }
    })
  })
