import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Attempted, usualRetryPolicy, type WebhookRow } from '../../model/webhook.ts'
import { KeyTaken } from '../../ports/store/idempotency.ts'
import type { Store } from '../../ports/store/store.ts'
import { CustomHeadersFull, WebhooksFull } from '../../ports/store/webhooks.ts'
import { freshSession, message, now, type OpenStore, organizationId, owned } from './examples.behaviour.ts'

const webhook = (id: string, more: Partial<WebhookRow> = {}): WebhookRow => ({
  id,
  organizationId,
  url: 'https://receiver.example/',
  events: ['*'],
  retryPolicy: usualRetryPolicy,
  active: true,
  createdAt: now,
  updatedAt: now,
  ...more,
})

const secret = 'whsec_first'

export const webhooksBehaviour = (openStore: OpenStore) =>
  describe('webhooks', () => {
    let store: Store
    let session: string
    let names = 0
    beforeAll(async () => {
      store = await openStore()
      session = await freshSession(store)
    })
    afterAll(() => store.close())

    const made = async (more: Partial<WebhookRow> = {}) => {
      names += 1
      const row = webhook(`wh_${String(names).padStart(3, '0')}`, more)
      await store.insertWebhook(row, { secret })
      return row
    }
    /** Messages come in. @returns the positions of their events */
    const happen = async (count: number) => {
      const before = await store.eventHead(organizationId)
      names += 1
      const facts = Array.from({ length: count }, (_, n) => message(`W${names}.${n}`))
      await store.ingest(owned(session), facts, now)
      const { events } = await store.readEvents(organizationId, { after: before, limit: 200 })
      return events.map(({ position }) => position)
    }
    const attempted = (position: number, more: Partial<Attempted> = {}): Attempted => ({
      position,
      status: 'delivered',
      attempts: 1,
      nextAttemptAt: 0,
      lastAttemptAt: now,
      responseStatus: 200,
      ...more,
    })
    const failed = { status: 'failed', responseStatus: 500, error: 'it answers 500' } as const
    const take = async (id: string) => {
      const taken = await store.takeWebhook(id, 100)
      if (taken === undefined) throw new Error(`${id} cannot be taken`)
      return taken
    }

    test('a webhook comes back as it was given, to its organization only', async () => {
      const full = await made({ sessionId: 'sess_1', customHeaders: { A: 'b' }, events: ['message'], active: false })
      expect(await store.findWebhook(organizationId, full.id)).toEqual(full)
      expect(await store.findWebhook('org_other', full.id)).toBeUndefined()
      expect(await store.findWebhook(organizationId, 'wh_nobody')).toBeUndefined()
    })

    test('pages have each webhook of the organization once, and not those of others', async () => {
      const theirs = [await made({ organizationId: 'org_pages' }), await made({ organizationId: 'org_pages' })]
      await made({ organizationId: 'org_elsewhere' })
      const first = await store.listWebhooks('org_pages', { limit: 1 })
      const second = await store.listWebhooks('org_pages', { limit: 1, after: first.last ?? '' })
      expect([...first.rows, ...second.rows]).toEqual(theirs)
      expect(second.last).toBeUndefined()
      expect(await store.countWebhooksOf('org_pages')).toBe(2)
    })

    test('an organization has no more webhooks than it may have', async () => {
      const row = webhook('wh_full', { organizationId: 'org_full' })
      await store.insertWebhook(row, { secret, mostOfOrganization: 1 })
      const more = store.insertWebhook({ ...row, id: 'wh_fuller' }, { secret, mostOfOrganization: 1 })
      await expect(more).rejects.toThrow(WebhooksFull)
      expect(await store.countWebhooksOf('org_full')).toBe(1)
    })

    test('an answer with a secret is kept, and comes back with it', async () => {
      const call = { organizationId, operationId: 'createWebhook', key: 'once' }
      const kept = { ...call, fingerprint: randomBytes(32), status: 201, body: '{"secret":"whsec_x"}', keptAt: now }
      await store.insertWebhook(webhook('wh_kept'), { secret, kept })
      expect(await store.findKeptAnswer(call, now)).toEqual(kept)
      await expect(store.insertWebhook(webhook('wh_kept2'), { secret, kept })).rejects.toThrow(KeyTaken)
      expect(await store.findWebhook(organizationId, 'wh_kept2')).toBeUndefined()
    })

    test('a patch changes what it names, and takes away what it names as null', async () => {
      const { id } = await made({ sessionId: 'sess_1', customHeaders: { A: '1', B: '2' } })
      const patch = { customHeaders: { A: null, C: '3' }, retryPolicy: { attempts: 2 }, sessionId: null }
      const changed = await store.changeWebhook(id, patch, now + 1)
      const { sessionId: _, ...rest } = webhook(id, { sessionId: 'sess_1' })
      const wanted = {
        ...rest,
        customHeaders: { B: '2', C: '3' },
        retryPolicy: { ...usualRetryPolicy, attempts: 2 },
        updatedAt: now + 1,
      }
      expect(changed).toEqual(wanted)
      expect(await store.findWebhook(organizationId, id)).toEqual(wanted)
      expect(await store.changeWebhook('wh_nobody', {}, now)).toBeUndefined()
    })

    test('names of headers are compared without case', async () => {
      const { id } = await made({ customHeaders: { 'X-Shop': '1', 'X-Till': '2', 'X-Day': '3' } })
      const changed = await store.changeWebhook(id, { customHeaders: { 'x-shop': '4', 'x-till': null } }, now)
      expect(changed?.customHeaders).toEqual({ 'x-shop': '4', 'X-Day': '3' })
    })

    test('patches at the same time give a webhook no more headers than it may have', async () => {
      const { id } = await made({ customHeaders: { Kept: '0' } })
      const patches = Array.from({ length: 3 }, (_, patch) =>
        Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`X-${patch}-${n}`, 'x'])),
      )
      const results = await Promise.allSettled(
        patches.map((customHeaders) => store.changeWebhook(id, { customHeaders }, now)),
      )
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      expect(refused).toEqual([new CustomHeadersFull(), new CustomHeadersFull()])
      expect(await store.findWebhook(organizationId, id)).toMatchObject({ customHeaders: { Kept: '0', ...patches[0] } })
    })

    test('what the gateway has made inactive says why, until a caller changes it', async () => {
      const { id } = await made()
      const { epoch } = await take(id)
      await store.changeWebhook(id, { active: false, inactiveReason: 'gone' }, now, epoch)
      expect(await store.findWebhook(organizationId, id)).toMatchObject({ active: false, inactiveReason: 'gone' })
      expect(await store.takeWebhook(id, 1)).toBeUndefined()
      expect(await store.activeWebhooks()).not.toContain(id)
      expect(await store.changeWebhook(id, { active: true }, now)).not.toHaveProperty('inactiveReason')
      expect(await store.activeWebhooks()).toContain(id)
    })

    test('former secrets sign until their time is over, each until its own', async () => {
      const { id } = await made()
      await store.rotateSecret(id, { secret: 'whsec_second', previousUntil: now + 10 }, now)
      await store.rotateSecret(id, { secret: 'whsec_third', previousUntil: now + 20 }, now + 5)
      expect(await store.webhookSecrets(id, now + 5)).toEqual(['whsec_third', 'whsec_second', 'whsec_first'])
      expect(await store.webhookSecrets(id, now + 10)).toEqual(['whsec_third', 'whsec_second'])
      expect(await store.webhookSecrets(id, now + 20)).toEqual(['whsec_third'])
      expect((await take(id)).secrets).toEqual([
        { secret: 'whsec_third' },
        { secret: 'whsec_second', until: now + 20 },
        { secret: 'whsec_first', until: now + 10 },
      ])
    })

    test('a new webhook begins with what happens after it', async () => {
      await happen(2)
      const head = await store.eventHead(organizationId)
      const { id } = await made()
      expect(await take(id)).toMatchObject({ cursor: { position: head }, open: [], tried: [] })
    })

    test('the next owner learns which events were tried, and which of them are pending', async () => {
      const { id } = await made()
      const [one = 0, two = 0, three = 0] = await happen(3)
      const { epoch, cursor } = await take(id)
      const later = { status: 'pending', nextAttemptAt: now + 9, firstFailedAt: now, attempts: 2 } as const
      const attempts = [attempted(two), attempted(three, { ...later, responseStatus: 500, error: 'it answers 500' })]
      expect(await store.settleDeliveries({ id, epoch }, cursor, attempts)).toBe(true)
      const taken = await take(id)
      expect([taken.cursor.position, taken.tried]).toEqual([one - 1, [two, three]])
      expect(taken.open).toMatchObject([
        { position: three, attempts: 2, firstFailedAt: now, nextAttemptAt: now + 9, chatId: expect.any(Number) },
      ])
    })

    test('an owner that does not know of a change stores nothing', async () => {
      const { id } = await made()
      const [position = 0] = await happen(1)
      const { epoch, cursor } = await take(id)
      await store.changeWebhook(id, { events: ['message'] }, now)
      expect(await store.settleDeliveries({ id, epoch }, cursor, [attempted(position)])).toBe(false)
      expect((await store.listDeliveries(id, { limit: 9 })).rows).toEqual([])
      expect(await store.changeWebhook(id, { active: false }, now, epoch)).toBeUndefined()
    })

    test('deliveries are listed, those of the newest events first, by status and in pages', async () => {
      const { id } = await made()
      const [one = 0, two = 0, three = 0] = await happen(3)
      const { epoch } = await take(id)
      const attempts = [attempted(one), attempted(two, failed), attempted(three)]
      await store.settleDeliveries({ id, epoch }, { position: three }, attempts)
      const positions = async (page: { status?: 'delivered' | 'failed'; limit: number; after?: string }) =>
        (await store.listDeliveries(id, page)).rows.map(({ position }) => position)
      expect(await positions({ limit: 9 })).toEqual([three, two, one])
      expect(await positions({ limit: 9, status: 'failed' })).toEqual([two])
      const { last = '' } = await store.listDeliveries(id, { limit: 2 })
      expect(await positions({ limit: 2, after: last })).toEqual([one])
    })

    test('a delivery that is sent again is pending as if it had never been tried', async () => {
      const { id } = await made()
      const [position = 0] = await happen(1)
      const { epoch } = await take(id)
      await store.settleDeliveries({ id, epoch }, { position }, [attempted(position, { ...failed, attempts: 15 })])
      const [delivery] = (await store.listDeliveries(id, { limit: 1 })).rows
      const again = await store.redeliver(id, delivery?.id ?? '', now + 5)
      expect(again?.shown).toMatchObject({ id: delivery?.id, status: 'pending', attempts: 0, nextAttemptAt: now + 5 })
      expect((await take(id)).open).toMatchObject([{ position, attempts: 0, nextAttemptAt: now + 5 }])
      const other = await made()
      expect(await store.redeliver(other.id, delivery?.id ?? '', now)).toBeUndefined()
    })

    test('a part of the log is read again, and then the log goes on where it was', async () => {
      const { id } = await made()
      const [one = 0, two = 0, three = 0] = await happen(3)
      const { epoch } = await take(id)
      await store.settleDeliveries(
        { id, epoch },
        { position: three },
        [one, two, three].map((at) => attempted(at)),
      )
      await store.replayLog(id, { since: one, until: two })
      expect(await take(id)).toMatchObject({
        cursor: { position: one, replay: { until: two, resumeAt: three } },
        tried: [],
      })
      await store.replayLog(id, { since: one - 1 })
      expect((await take(id)).cursor).toEqual({ position: one - 1 })
      await store.replayLog(id, { since: three + 100 })
      expect((await take(id)).cursor).toEqual({ position: one - 1 })
    })

    test('another address, and becoming active, make pending deliveries due', async () => {
      const { id } = await made()
      const [position = 0] = await happen(1)
      const { epoch } = await take(id)
      const later = { status: 'pending', nextAttemptAt: now + 3_600_000 } as const
      await store.settleDeliveries({ id, epoch }, { position }, [attempted(position, later)])
      await store.changeWebhook(id, { url: 'https://elsewhere.example/' }, now + 7)
      expect((await take(id)).open).toMatchObject([{ nextAttemptAt: now + 7 }])
    })

    test('a deleted webhook is gone, and its deliveries are purged', async () => {
      const { id } = await made()
      const [position = 0] = await happen(1)
      const { epoch, cursor } = await take(id)
      await store.settleDeliveries({ id, epoch }, { position }, [attempted(position)])
      expect(await store.deleteWebhook(id)).toBe(true)
      expect(await store.deleteWebhook(id)).toBe(false)
      expect(await store.settleDeliveries({ id, epoch }, cursor, [])).toBe(false)
      expect(await store.purgeDeliveries(500)).toBe(1)
      expect(await store.purgeDeliveries(500)).toBe(0)
    })

    /** All that is in the log is too old. */
    const purge = async () => {
      const missedBy: string[] = []
      for (let removed = 500; removed === 500; ) {
        const purged = await store.purgeEvents(now + 1, 500)
        missedBy.push(...purged.missedBy)
        removed = purged.removed
      }
      return missedBy
    }

    test('what is purged before it was delivered is a gap, which grows until the webhook was told of it', async () => {
      const [some, all, others] = [await made(), await made(), await made({ events: ['session.status'] })]
      const elsewhere = await made({ sessionId: 'sess_elsewhere' })
      const positions = await happen(3)
      const [one = 0, two = 0] = positions
      const last = positions.at(-1) ?? 0
      const ofSome = await take(some.id)
      const attempts = [attempted(one), attempted(two, failed)]
      await store.settleDeliveries({ id: some.id, epoch: ofSome.epoch }, { position: two }, attempts)
      const ofAll = await take(all.id)
      const delivered = positions.map((position) => attempted(position))
      // It knows of the deliveries though its cursor is where it was.
      await store.settleDeliveries({ id: all.id, epoch: ofAll.epoch }, ofAll.cursor, delivered)
      const missedBy = await purge()
      expect([some, all, others, elsewhere].map(({ id }) => missedBy.includes(id))).toEqual([true, false, false, false])
      const { gap } = await take(some.id)
      expect(gap).toEqual({ id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/), from: two, to: last })
      expect(await take(all.id)).not.toHaveProperty('gap')

      const [later = 0] = await happen(1)
      expect(await purge()).toContain(some.id)
      const { gap: grown } = await take(some.id)
      expect(grown).toMatchObject({ from: two, to: later })
      await store.gapTold(some.id, gap?.id ?? '')
      expect((await take(some.id)).gap).toEqual(grown)
      await store.gapTold(some.id, grown?.id ?? '')
      expect(await take(some.id)).not.toHaveProperty('gap')
    })

    test('what waits for a webhook that is not active is a gap, and what a replay leaves out is none', async () => {
      const [inactive, replaying] = [await made({ active: false }), await made()]
      const positions = await happen(3)
      const [one = 0] = positions
      const last = positions.at(-1) ?? 0
      const { epoch } = await take(replaying.id)
      await store.settleDeliveries({ id: replaying.id, epoch }, { position: last }, [])
      await store.replayLog(replaying.id, { since: one - 1, until: one })
      await purge()
      await store.changeWebhook(inactive.id, { active: true }, now)
      expect((await take(inactive.id)).gap).toMatchObject({ from: one, to: last })
      expect((await take(replaying.id)).gap).toMatchObject({ from: one, to: one })
    })

    test('a delivery goes with its event', async () => {
      const { id } = await made()
      const [position = 0] = await happen(1)
      const { epoch } = await take(id)
      await store.settleDeliveries({ id, epoch }, { position }, [attempted(position)])
      await purge()
      expect((await store.listDeliveries(id, { limit: 9 })).rows).toEqual([])
    })
  })
