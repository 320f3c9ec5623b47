import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SessionGone } from '../../ports/store/errors.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  chatOf,
  chatsOf,
  freshSession,
  group,
  inGroup,
  message,
  messagesOf,
  now,
  type OpenStore,
  organizationId,
  own,
  owned,
  rina,
  rinasAlias,
  session,
} from './examples.behaviour.ts'

export const sessionsBehaviour = (openStore: OpenStore) =>
  describe('sessions', () => {
    let store: Store
    beforeAll(async () => {
      store = await openStore()
    })
    afterAll(() => store.close())

    test('a session is found by its organization only', async () => {
      const row = session('sess_found', { organizationId: 'org_finder', label: 'Front desk' })
      await store.insertSession(row)
      expect(await store.findSession('org_finder', row.id)).toEqual(row)
      expect(await store.findSession('org_other', row.id)).toBeUndefined()
      expect(await store.findSession('org_finder', 'sess_nobody')).toBeUndefined()
      expect(await store.findSession(undefined, row.id)).toEqual(row)
      expect(await store.findSession(undefined, 'sess_nobody')).toBeUndefined()
    })

    test('a restriction ends on time, once, and it is told with the session as it is then', async () => {
      const fresh = await openStore()
      const [first, second] = [await freshSession(fresh), await freshSession(fresh)]
      const restrict = (id: string, until: number) => fresh.updateOwned(owned(id), { restrictedUntil: until }, now)
      await restrict(first, now + 1)
      await restrict(second, now + 2)
      const ended = async (at: number, limit = 10) => {
        const after = await fresh.eventHead(organizationId)
        const count = await fresh.endRestrictions(at, limit)
        const { events } = await fresh.readEvents(organizationId, { after, limit: 10 })
        const told = events.map(({ event, sessionId, payload }) => [event, sessionId, JSON.parse(payload).session])
        return [count, told]
      }
      expect(await ended(now)).toEqual([0, []])
      expect(await ended(now + 1)).toEqual([
        1,
        [['session.restricted', first, expect.not.objectContaining({ restrictedUntil: expect.anything() })]],
      ])
      await restrict(first, now + 2)
      expect((await ended(now + 9, 1))[0]).toBe(1)
      expect((await ended(now + 9, 1))[0]).toBe(1)
      expect(await ended(now + 9)).toEqual([0, []])
      for (const id of [first, second])
        expect(await fresh.findSession(organizationId, id)).not.toHaveProperty('restrictedUntil')
      await fresh.close()
    })

    test('every member is kept, and what is absent stays absent', async () => {
      const bare = session('sess_bare', { organizationId: 'org_members' })
      const full = session('sess_full', {
        organizationId: 'org_members',
        label: 'Sales',
        status: 'failed',
        statusReason: 'WhatsApp refused it',
        statusReasonCode: 'refused',
        wanted: true,
        autoRead: true,
        presenceTyping: true,
        waJid: rina,
        waLid: '1@lid',
        accountJid: rina,
        accountLid: '1@lid',
        createdByUserId: 'user_1',
        createdAt: now + 1,
        lastConnectedAt: now,
      })
      await store.insertSession(full)
      await store.insertSession(bare)
      expect(await store.listSessions('org_members', { limit: 50 })).toEqual({ rows: [bare, full] })
    })

    test('an organization lists its own sessions in pages, in the order of their ids', async () => {
      for (const place of [3, 1, 5, 2, 4])
        await store.insertSession(session(`sess_place${place}`, { organizationId: 'org_pages' }))
      const page = async (limit: number, after?: string) => {
        const { rows, last } = await store.listSessions('org_pages', { limit, ...(after !== undefined && { after }) })
        return { places: rows.map(({ id }) => id.at(-1)).join(''), last }
      }
      expect(await page(2)).toEqual({ places: '12', last: 'sess_place2' })
      expect(await page(2, 'sess_place2')).toEqual({ places: '34', last: 'sess_place4' })
      expect(await page(2, 'sess_place4')).toEqual({ places: '5', last: undefined })
      expect(await page(5)).toEqual({ places: '12345', last: undefined })
      expect(await store.listSessions('org_empty', { limit: 50 })).toEqual({ rows: [] })
      expect([await store.countSessionsOf('org_pages'), await store.countSessionsOf('org_empty')]).toEqual([5, 0])
    })

    test('a page goes on after a session that was deleted', async () => {
      for (const place of [1, 2, 3])
        await store.insertSession(session(`sess_left${place}`, { organizationId: 'org_left' }))
      await store.deleteSession('sess_left2')
      const { rows } = await store.listSessions('org_left', { limit: 50, after: 'sess_left2' })
      expect(rows.map(({ id }) => id)).toEqual(['sess_left3'])
    })

    test('those at work are the sessions that shall be connected, and those that were connected when their owner ended', async () => {
      const fresh = await openStore()
      const stopped = session('sess_1', { status: 'stopped', wanted: false })
      const left = session('sess_2', { status: 'working', wanted: false, createdAt: now - 1 })
      const waiting = session('sess_3', { status: 'failed', wanted: true, createdAt: now - 2 })
      for (const row of [stopped, left, waiting]) await fresh.insertSession(row)
      expect(await fresh.sessionsAtWork()).toEqual([waiting, left])
      await fresh.close()
    })

    test('they are counted by status and kind of reason', async () => {
      const fresh = await openStore()
      const failed = { status: 'failed', statusReason: 'the same WhatsApp session was opened somewhere else' } as const
      await fresh.insertSession(session('sess_1', { status: 'stopped' }))
      await fresh.insertSession(session('sess_2', { ...failed, statusReasonCode: 'replaced' }))
      await fresh.insertSession(session('sess_3', { ...failed, statusReasonCode: 'replaced', organizationId: 'org_2' }))
      await fresh.insertSession(session('sess_4', failed))
      expect(new Set(await fresh.countSessions())).toEqual(
        new Set([
          { status: 'stopped', reason: 'none', count: 1 },
          { status: 'failed', reason: 'replaced', count: 2 },
          { status: 'failed', reason: 'other', count: 1 },
        ]),
      )
      await fresh.close()
    })

    test('an id that is taken is refused', async () => {
      await store.insertSession(session('sess_twice'))
      await expect(store.insertSession(session('sess_twice'))).rejects.toThrow()
    })

    test('a patch of the owner sets what it names, clears what is null and leaves the rest', async () => {
      const before = session('sess_patch', { label: 'Sales', statusReason: 'no network', waJid: rina })
      await store.insertSession(before)
      await store.acquire('sess_patch')
      const patch = { status: 'working', statusReason: null, wanted: true, waJid: undefined } as const
      await store.updateOwned(owned('sess_patch'), patch, now + 5)
      const { statusReason: _, ...rest } = before
      expect(await store.findSession(organizationId, 'sess_patch')).toEqual({
        ...rest,
        status: 'working',
        wanted: true,
        updatedAt: now + 5,
      })
    })

    test('a patch of anybody sets what it names and clears what is null', async () => {
      const before = session('sess_label', { waJid: rina })
      await store.insertSession(before)
      const named = await store.updateSession('sess_label', { label: 'Sales' }, now + 5)
      expect(named).toEqual({ ...before, label: 'Sales', updatedAt: now + 5 })
      expect(await store.findSession(organizationId, 'sess_label')).toEqual(named)
      expect(await store.updateSession('sess_label', { label: null }, now + 6)).toEqual({
        ...before,
        updatedAt: now + 6,
      })
    })

    test('settings are changed one by one', async () => {
      const before = session('sess_settings', { waJid: rina })
      await store.insertSession(before)
      const patches = [
        { autoRead: !before.autoRead },
        { presenceTyping: !before.presenceTyping },
        { ratePerMin: 0 },
        { ratePerHour: 1 },
        { newChatsPerDay: 2 },
      ]
      for (const [n, patch] of patches.entries())
        expect(await store.updateSession('sess_settings', patch, now + n)).toEqual({
          ...before,
          ...Object.assign({}, ...patches.slice(0, n + 1)),
          updatedAt: now + n,
        })
    })

    test('a session that is gone cannot be patched', async () => {
      expect(await store.updateSession('sess_nobody', { label: 'Sales' }, now)).toBeUndefined()
      await expect(store.updateOwned(owned('sess_nobody'), { status: 'working' }, now)).rejects.toThrow(SessionGone)
    })

    test('a deleted session takes everything with it and leaves the others alone', async () => {
      const [doomed, neighbour] = [await freshSession(store), await freshSession(store)]
      for (const id of [doomed, neighbour]) {
        await store.writeCreds(owned(id), Buffer.from('creds'))
        await store.writeKeys(owned(id), [{ type: 'session', id: 'a', value: Buffer.from('key') }])
        await store.ingest(owned(id), [message('A'), own('B'), inGroup('C', rina), rinasAlias], now)
        await store.ingest(owned(id), [{ kind: 'edit', target: own('early'), by: 'me', body: 'x', at: now }], now)
      }

      expect(await store.deleteSession(doomed)).toBe(true)

      expect(await store.findSession(organizationId, doomed)).toBeUndefined()
      expect(await store.readCreds(doomed)).toBeUndefined()
      expect(await store.readKeys(doomed, 'session', ['a'])).toEqual([])
      expect(await chatsOf(store, doomed)).toEqual([])
      expect(await chatOf(store, doomed, rina)).toBeUndefined()
      expect(await store.listMessages(doomed, rina, { limit: 10 })).toBeUndefined()

      expect(await store.readCreds(neighbour)).toEqual(Buffer.from('creds'))
      expect(await messagesOf(store, neighbour, rina)).toHaveLength(2)
      expect(await messagesOf(store, neighbour, group)).toHaveLength(1)
    })

    test('many are deleted at once, while others go on importing', async () => {
      const neighbour = await freshSession(store)
      const doomed = await Promise.all(Array.from({ length: 60 }, () => freshSession(store)))
      const [deleted, { messages }] = await Promise.all([
        Promise.all(doomed.map((id) => store.deleteSession(id))),
        store.ingest(owned(neighbour), [message('A')], now),
      ])
      expect(new Set(deleted)).toEqual(new Set([true]))
      expect(messages).toBe(1)
      await expect(store.ingest(owned(neighbour), [message('B')], now)).resolves.toMatchObject({ messages: 1 })
    })

    test('deleting what is not there says so', async () => {
      expect(await store.deleteSession('sess_nobody')).toBe(false)
    })

    test('nothing can be written under a session that is gone', async () => {
      const id = await freshSession(store)
      await store.deleteSession(id)
      await expect(store.writeCreds(owned(id), Buffer.from('x'))).rejects.toThrow(SessionGone)
      await expect(store.writeKeys(owned(id), [{ type: 'session', id: 'a', value: Buffer.from('x') }])).rejects.toThrow(
        SessionGone,
      )
      await expect(store.ingest(owned(id), [message('A')], now)).rejects.toThrow(SessionGone)
      expect(await chatsOf(store, id)).toEqual([])
    })
  })
