/** A session belongs to the WhatsApp account that was paired first. */
import { describe, expect, test } from 'vitest'
import type { Me } from '../model/account.ts'
import {
  connection,
  created,
  inSupervisor,
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
  working,
} from './test-supervisor.ts'

inSupervisor()

describe('the account of a session', () => {
  const other: Me = { jid: '6289999999999@s.whatsapp.net', lid: '22222222222222@lid' }

  /** A session whose device was unlinked on the phone, and that shows a code again. */
  const unlinked = async () => {
    const id = await working()
    connection(id).closed('logged_out', '401')
    await pass(turn)
    await supervisor.start(id)
    await pass(turn)
    connection(id).qr('code-2', Date.now() + 60 * seconds)
    return id
  }

  const refused = {
    status: 'failed',
    wanted: false,
    statusReason: expect.stringMatching(/^another WhatsApp account .* pair the first one again, create a new session/),
  }

  test('is told to WhatsApp’s side from the first pairing on, and stays after it is unpaired', async () => {
    const { id } = await created({ start: true })
    await pass(turn)
    expect(connection(id).account).toBeUndefined()
    connection(id).paired(me)
    connection(id).closed('restart')
    await pass(turn)
    expect(connection(id).account).toEqual(me)
    connection(id).open(me)
    await supervisor.logout(id)
    expect(await rowOf(id)).not.toHaveProperty('waJid')
    await supervisor.start(id)
    await pass(turn)
    expect(connection(id).account).toEqual(me)
  })

  test('another one that was refused: failed, with the way on, and the next start shows a code', async () => {
    const id = await unlinked()
    connection(id).closed('other_account')
    await pass()
    expect(await rowOf(id)).toMatchObject(refused)
    expect(await rowOf(id)).not.toHaveProperty('waJid')
    await supervisor.start(id)
    await pass(turn)
    connection(id).qr('code-3', Date.now() + 60 * seconds)
    expect((await supervisor.qrOf(id))?.code).toBe('code-3')
  })

  test('another one that came in all the same is unlinked, and its credentials are forgotten', async () => {
    const id = await unlinked()
    const before = store.cleared.length
    connection(id).open(other)
    await pass()
    expect(connection(id).state).toBe('unlinked')
    expect(await rowOf(id)).toMatchObject(refused)
    expect(store.cleared.slice(before)).toEqual([id])
    expect(store.rows.get(id)).toMatchObject({ accountJid: me.jid, accountLid: me.lid })
  })

  test('that another process knew of counts too', async () => {
    keep(pairedRow('sess_1', { status: 'stopped', wanted: false }))
    await open()
    await supervisor.start('sess_1')
    await pass(turn)
    connection('sess_1').open(other)
    await pass()
    expect(await rowOf('sess_1')).toMatchObject(refused)
  })

  test.each<[string, Me]>([
    ['with another number', { jid: other.jid, lid: me.lid ?? '' }],
    ['whose LID is not known', { jid: me.jid }],
    ['with another LID', { jid: me.jid, lid: other.lid ?? '' }],
  ])('is the same one %s', async (_, again) => {
    const id = await unlinked()
    connection(id).open(again)
    await pass()
    expect(await rowOf(id)).toMatchObject({ status: 'working', waJid: again.jid, accountJid: again.jid })
    expect((await rowOf(id))?.accountLid).toBe(again.lid ?? me.lid)
  })
})
