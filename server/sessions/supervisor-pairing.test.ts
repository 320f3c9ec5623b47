/** From a new session to a phone that has linked it. */
import { describe, expect, test } from 'vitest'
import { NotConnected } from '../ports/whatsapp/calls.ts'
import {
  connection,
  connectionsOf,
  created,
  inSupervisor,
  isOpen,
  keep,
  me,
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

describe('pairing', () => {
  test('from stopped to working, with a code on the way', async () => {
    const { id } = await created({ start: true })
    expect(await rowOf(id)).toMatchObject({ status: 'starting', wanted: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    expect((await rowOf(id))?.status).toBe('scan_qr_code')
    expect(await supervisor.qrOf(id)).toEqual({ code: 'code-1', expiresAt: Date.now() + 60 * seconds })
    connection(id).paired(me)
    expect(await rowOf(id)).toMatchObject({ status: 'starting', waJid: me.jid, waLid: me.lid })
    expect(await supervisor.qrOf(id)).toBeUndefined()
    connection(id).closed('restart', '515')
    await pass()
    expect(connectionsOf(id)).toBe(2)
    expect(await isOpen(id)).toBe(false)
    connection(id).open(me)
    expect(await rowOf(id)).toMatchObject({ status: 'working', lastConnectedAt: Date.now() })
    expect(await isOpen(id)).toBe(true)
    await pass()
    expect(store.rows.get(id)).toEqual(await rowOf(id))
    expect(store.cleared).toEqual([])
  })

  test('each new code replaces the one before, and none is shown after its time', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    connection(id).qr('code-2', Date.now() + 20 * seconds)
    expect((await supervisor.qrOf(id))?.code).toBe('code-2')
    await pass(20 * seconds)
    expect(await supervisor.qrOf(id)).toBeUndefined()
  })

  test('nobody scans: stopped, until it is started again', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    connection(id).closed('pairing_expired')
    await pass(5 * 60 * seconds)
    expect(await rowOf(id)).toMatchObject({
      status: 'stopped',
      wanted: false,
      statusReason: 'the code was not scanned in time',
    })
    expect(connectionsOf(id)).toBe(1)
    await supervisor.start(id)
    await pass(turn)
    expect(connectionsOf(id)).toBe(2)
    expect(await rowOf(id)).toMatchObject({ status: 'starting', wanted: true })
  })

  test('a process that ended between pairing and knowing it: the next one brings the session back', async () => {
    const { waJid: _unknown, ...row } = pairedRow('sess_1', { status: 'scan_qr_code' })
    keep(row)
    store.creds.add('sess_1')
    await open()
    supervisor.resume()
    await pass()
    connection('sess_1').open(me)
    expect(await rowOf('sess_1')).toMatchObject({ status: 'working', waJid: me.jid })
    expect(store.cleared).toEqual([])
  })

  test('a pairing that an earlier process did not finish: refused by WhatsApp, discarded, paired afresh', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).closed('logged_out', '401')
    await pass(turn)
    expect(store.cleared).toEqual([id])
    expect(connectionsOf(id)).toBe(2)
    expect((await rowOf(id))?.status).toBe('starting')
  })

  test('WhatsApp out of reach: five tries, then failed', async () => {
    const { id } = await created({ start: true })
    for (let i = 0; i < 5; i++) {
      await pass(60 * seconds)
      connection(id).closed('lost', 'no answer')
    }
    await pass(10 * 60 * seconds)
    expect(connectionsOf(id)).toBe(5)
    expect(await rowOf(id)).toMatchObject({
      status: 'failed',
      wanted: false,
      statusReason: 'WhatsApp could not be reached for pairing: no answer',
    })
  })
})

describe('pairing by code', () => {
  test('begins pairing when it has not begun', async () => {
    const { id } = await created()
    const code = supervisor.pairingCode(id, '6281234567890')
    await pass()
    expect(await code).toBe('ABCD1234')
    expect(connection(id).phones).toEqual(['6281234567890'])
    expect((await rowOf(id))?.wanted).toBe(true)
  })

  test('goes on with a pairing that has begun', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    await supervisor.pairingCode(id, '6281234567890')
    expect(connectionsOf(id)).toBe(1)
  })

  test('a paired session: conflict, and nothing is begun', async () => {
    const id = await working()
    await supervisor.stop(id)
    await expect(supervisor.pairingCode(id, '6281234567890')).rejects.toMatchObject({ failure: { code: 'conflict' } })
    expect((await rowOf(id))?.status).toBe('stopped')
  })

  test('WhatsApp cannot be reached: unavailable', async () => {
    await open({ maxLogins: 0 })
    const { id } = await created()
    const code = expect(supervisor.pairingCode(id, '6281234567890')).rejects.toThrow('WhatsApp could not be reached')
    await pass(30 * seconds)
    await code
  })

  test('WhatsApp is reached and pairing does not begin: unavailable', async () => {
    const requestPairingCode = () => Promise.reject(new NotConnected('no code in time'))
    await open({ whatsapp: { connect: (options) => ({ ...whatsapp.connect(options), requestPairingCode }) } })
    const { id } = await created({ start: true })
    await expect(supervisor.pairingCode(id, '6281234567890')).rejects.toMatchObject({
      failure: { code: 'gateway_unavailable' },
    })
  })

  test('WhatsApp does not answer: nobody knows, and that is said before the caller’s connection has been idle for a minute', async () => {
    const requestPairingCode = () => new Promise<never>(() => {})
    await open({ whatsapp: { connect: (options) => ({ ...whatsapp.connect(options), requestPairingCode }) } })
    const { id } = await created({ start: true })
    await pass(turn)
    const code = expect(supervisor.pairingCode(id, '6281234567890')).rejects.toMatchObject({
      failure: { kind: 'unknown' },
    })
    await pass(59 * seconds)
    await code
  })

  test('stopped while waiting: unavailable at once', async () => {
    await open({ maxLogins: 0 })
    const { id } = await created()
    const code = expect(supervisor.pairingCode(id, '6281234567890')).rejects.toThrow('pairing ended: stopped')
    await pass()
    await supervisor.stop(id)
    await code
  })
})
