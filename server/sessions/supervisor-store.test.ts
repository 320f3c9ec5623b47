/** Between WhatsApp and a store that may fail. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../ports/store/errors.ts'
import {
  connection,
  connectionsOf,
  counted,
  created,
  inSupervisor,
  isOpen,
  keep,
  logged,
  me,
  message,
  open,
  pairedRow,
  pass,
  rowOf,
  seconds,
  store,
  supervisor,
  turn,
  whatsapp,
  working,
} from './test-supervisor.ts'

inSupervisor()

describe('a store that fails', () => {
  test('while a status is written: the session works, and the status is stored later', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    connection(id).closed('lost')
    await pass(500)
    connection(id).open(me)
    await pass(5 * seconds)
    expect(await isOpen(id)).toBe(true)
    store.failure = undefined
    await pass(60 * seconds)
    expect(store.rows.get(id)).toEqual(await rowOf(id))
  })

  test('while a command is stored: the caller hears it, the session obeys', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    await expect(supervisor.stop(id)).rejects.toThrow(StoreUnavailable)
    expect((await rowOf(id))?.status).toBe('stopped')
    store.failure = undefined
    await pass(60 * seconds)
    expect(store.rows.get(id)).toMatchObject({ status: 'stopped', wanted: false })
  })

  test('once a session is created: it is answered and starts, so that the caller does not create a second one', async () => {
    vi.spyOn(store, 'updateOwned').mockRejectedValueOnce(new StoreUnavailable('locked'))
    const { id, status } = await created({ start: true })
    expect(status).toBe('starting')
    await pass(60 * seconds)
    expect(store.rows.get(id)).toMatchObject({ status: 'starting', wanted: true })
  })

  test('for a day: a line now and then, not one for each try', async () => {
    const id = await working()
    logged.length = 0
    store.failure = new StoreUnavailable('gone')
    connection(id).closed('replaced')
    await pass(24 * 3600 * seconds)
    expect(logged.filter(({ text }) => text.includes('could not be stored')).length).toBeLessThan(16)
  })
})

describe('a store that cannot be written', () => {
  let writable: PromiseWithResolvers<void>
  beforeEach(async () => {
    await supervisor.close()
    writable = Promise.withResolvers()
    await open({ storeWritable: () => writable.promise })
  })

  test('nobody connects, and all do when it can again, as many at a time as ever', async () => {
    const rows = await Promise.all(Array.from({ length: 20 }, () => created({ start: true })))
    await pass(600 * seconds)
    expect(whatsapp.connections).toEqual([])
    writable.resolve()
    await pass(turn)
    expect(whatsapp.connections.length).toBeLessThanOrEqual(2)
    for (let n = 0; n < rows.length; n += 1) {
      for (const { state, sessionId } of whatsapp.connections)
        if (state === 'connecting') connection(sessionId).open(me)
      await pass(turn)
    }
    expect((await supervisor.census()).byStatus.working).toBe(rows.length)
  })

  test('who is stopped meanwhile stays so', async () => {
    const { id } = await created({ start: true })
    await supervisor.stop(id)
    writable.resolve()
    await pass(60 * seconds)
    expect(whatsapp.connections).toEqual([])
  })
})

describe('credentials from an older copy of the database', () => {
  beforeEach(async () => {
    keep(pairedRow('sess_1'), pairedRow('sess_2'))
    store.restored.add('sess_1')
    await open()
    supervisor.resume()
    await pass(1 * seconds)
  })

  test('are not used, and the session says what to do', async () => {
    expect(whatsapp.connections.map(({ sessionId }) => sessionId)).toEqual(['sess_2'])
    expect(await rowOf('sess_1')).toMatchObject({ status: 'failed', wanted: true, waJid: me.jid })
    expect((await rowOf('sess_1'))?.statusReason).toContain('npm run backup -- accept')
  })

  test('accepted by a person: they are, with the next start', async () => {
    store.restored.clear()
    await supervisor.start('sess_1')
    await pass(1 * seconds)
    expect(connectionsOf('sess_1')).toBe(1)
  })

  test('forgotten by a person: the session pairs again', async () => {
    await supervisor.logout('sess_1')
    expect(store.cleared).toEqual(['sess_1'])
    store.restored.clear()
    await supervisor.start('sess_1')
    await pass(1 * seconds)
    connection('sess_1').qr('code', Date.now() + 60 * seconds)
    expect((await rowOf('sess_1'))?.status).toBe('scan_qr_code')
  })
})

describe('what WhatsApp tells', () => {
  test('is stored, and the messages are counted', async () => {
    const id = await working()
    await connection(id).tell([message(), { kind: 'read', chat: me.jid }])
    expect(store.ingested).toHaveLength(2)
    expect(counted).toEqual([1])
  })

  test('that cannot be stored is an error for the client, which tells it again', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    await expect(connection(id).tell([message()])).rejects.toThrow(StoreUnavailable)
  })

  test('with autoRead: receipts for incoming live messages only', async () => {
    const id = await working({ autoRead: true })
    const group = '120363041234567890@g.us'
    await connection(id).tell([
      message({ id: 'direct' }),
      message({ id: 'by-lid', chat: '98765432101235@lid' }),
      message({ id: 'group', chat: group, sender: '6281234567891@s.whatsapp.net' }),
      message({ id: 'own', fromMe: true }),
      message({ id: 'old', live: false }),
      message({ id: 'unreadable', undecryptable: true }),
      message({ id: 'story', chat: 'status@broadcast' }),
    ])
    expect(connection(id).receipts).toEqual([
      { chat: '6281234567891@s.whatsapp.net', id: 'direct' },
      { chat: '98765432101235@lid', id: 'by-lid' },
      { chat: group, id: 'group', participant: '6281234567891@s.whatsapp.net' },
    ])
  })

  test('with autoRead: what is marked as read is stored as read, and the rest is not', async () => {
    const id = await working({ autoRead: true })
    await connection(id).tell([
      message({ id: 'direct' }),
      message({ id: 'old', live: false }),
      message({ id: 'unreadable', undecryptable: true }),
    ])
    connection(id).closed('lost')
    await connection(id).tell([message({ id: 'offline' })])
    const read = store.ingested.filter((fact) => fact.kind === 'message' && fact.read)
    expect(read.map((fact) => fact.kind === 'message' && fact.id)).toEqual(['direct'])
  })

  test('with autoRead and a connection that ends meanwhile: WhatsApp is told on the next one', async () => {
    const id = await working({ autoRead: true })
    const storing = connection(id).tell([message({ id: 'direct' })])
    connection(id).closed('lost')
    await storing
    await pass(60 * seconds)
    connection(id).open(me)
    expect(connection(id).receipts).toEqual([{ chat: '6281234567891@s.whatsapp.net', id: 'direct' }])
    connection(id).closed('lost')
    await pass(60 * seconds)
    connection(id).open(me)
    expect(connection(id).receipts).toEqual([])
  })

  test('without autoRead: no receipts', async () => {
    const id = await working()
    await connection(id).tell([message()])
    expect(connection(id).receipts).toEqual([])
  })

  test('with autoRead and a connection that breaks: stored all the same', async () => {
    const id = await working({ autoRead: true })
    const gone = connection(id)
    gone.closed('lost')
    await gone.tell([message()])
    expect(store.ingested).toHaveLength(1)
  })
})
