/** What WhatsApp tells besides messages, from its stanza to the stream of events. */
import { expect, test, vi } from 'vitest'
import { node } from '../../loopback/wire/nodes.ts'
import { readEvents } from '../support/event-reader.ts'
import { inSandbox, linked, sandbox } from '../support/in-sandbox.ts'

inSandbox()

const live = () => sandbox.target.fixtures.liveSession
const open = (events: string, session = live()) =>
  readEvents(sandbox.url, sandbox.target.tokens.full, `?session=${session}&event=${events}`)

/** The gateway, as WhatsApp reaches it. */
const companion = () => {
  const [found] = sandbox.phone.companions.values()
  if (found === undefined) throw new Error('no companion is linked')
  return found
}

const payloads = (reader: Awaited<ReturnType<typeof open>>) =>
  reader.events().map(({ event, data = '' }) => ({ event, ...JSON.parse(data).payload }))

const budi = { jid: '70000000000001@lid', phone_number: '6285550000001@s.whatsapp.net' }
const sari = { jid: '70000000000002@lid', phone_number: '6285550000002@s.whatsapp.net' }
const group = '120363000000000777@g.us'
const about = { timestamp: expect.any(Number), sender: budi.phone_number }

/** A notification of the group. Its id is what a repetition has, too. */
const told = (id: string, ...content: ReturnType<typeof node>[]) =>
  companion().deliver(
    node(
      'notification',
      { type: 'w:gp2', id, from: group, t: '1790000000', participant: budi.jid, participant_pn: budi.phone_number },
      content,
    ),
  )

test('what changes in a group is told, each child of a notification, once, however often WhatsApp repeats it', async () => {
  const reader = await open('group.update,group.participant,group.join_request')
  const people = [node('participant', budi), node('participant', sari)]
  for (let turn = 0; turn < 2; turn += 1)
    told(
      'N1',
      node('subject', { subject: 'Kitchen' }),
      node('description', {}, [node('body', {}, Buffer.from('Shifts'))]),
      node('announcement'),
      node('unlocked'),
      node('invite', { code: 'Hq7dZ0vYxT3LkWm9RbPnCe' }),
      node('add', {}, people),
      node('promote', {}, [node('participant', sari)]),
      node('created_membership_requests', {}, [node('participant', sari)]),
    )
  told('N2', node('remove', {}, [node('participant', budi)]), node('description', {}, [node('delete')]), node('delete'))
  const update = (change: object) => ({ event: 'group.update', group: { jid: group, ...change, ...about } })
  const members = (action: string, jids: string[]) => ({
    event: 'group.participant',
    participants: { groupJid: group, action, jids, ...about },
  })
  await vi.waitFor(
    () =>
      expect(payloads(reader)).toEqual([
        update({ subject: 'Kitchen' }),
        update({ description: 'Shifts' }),
        update({ isAnnounce: true }),
        update({ isLocked: false }),
        update({ newInviteLink: 'https://chat.whatsapp.com/Hq7dZ0vYxT3LkWm9RbPnCe' }),
        members('join', [budi.phone_number, sari.phone_number]),
        members('promote', [sari.phone_number]),
        {
          event: 'group.join_request',
          joinRequest: { groupJid: group, jid: sari.phone_number, action: 'created', timestamp: about.timestamp },
        },
        members('leave', [budi.phone_number]),
        update({ description: '' }),
        update({ isDeleted: true }),
      ]),
    10_000,
  )
  reader.leave()
})

test('a call is told once, while it rings', async () => {
  const reader = await open('call.incoming')
  const call = (id: string, attrs: object = {}, content = [node('audio', { enc: 'opus', rate: '16000' })]) => {
    const offer = node('offer', { 'call-id': id, 'call-creator': budi.jid, caller_pn: budi.phone_number }, content)
    companion().deliver(node('call', { from: budi.jid, id: `stanza-${id}`, t: '1790000000', ...attrs }, [offer]))
  }
  call('MISSED', { offline: '1' })
  call('RINGS')
  call('RINGS')
  call('SEEN', {}, [node('audio'), node('video')])
  const told = { from: budi.phone_number, isGroup: false, timestamp: 1_790_000_000_000 }
  await vi.waitFor(
    () =>
      expect(payloads(reader)).toEqual([
        { event: 'call.incoming', call: { id: 'RINGS', isVideo: false, ...told } },
        { event: 'call.incoming', call: { id: 'SEEN', isVideo: true, ...told } },
      ]),
    10_000,
  )
  reader.leave()
})

test('what the phone does with a channel is told', async () => {
  const reader = await open('newsletter.update')
  const jid = '120363000000000888@newsletter'
  const does = (id: string, name: string, more: object = {}) =>
    companion().deliver(
      node('notification', { type: 'mex', id, from: 's.whatsapp.net', t: '1790000000' }, [
        node('update', { op_name: 'any' }, Buffer.from(JSON.stringify({ data: { [name]: { id: jid, ...more } } }))),
      ]),
    )
  does('M1', 'xwa2_notify_newsletter_on_join')
  does('M2', 'xwa2_notify_newsletter_on_mute_change', { mute: 'ON' })
  does('M3', 'xwa2_notify_newsletter_on_something_new')
  does('M4', 'xwa2_notify_newsletter_on_leave')
  await vi.waitFor(
    () =>
      expect(payloads(reader)).toEqual(
        ['join', 'mute', 'leave'].map((action) => ({ event: 'newsletter.update', newsletter: { jid, action } })),
      ),
    10_000,
  )
  reader.leave()
})

test('what people do now passes by those who name it: without a position, and in no log', async () => {
  const friend = sandbox.loopback.account({ pn: '6285550000003', lid: '70000000000003', name: 'Friend' })
  const messages = await open('message')
  await friend.phone.send(sandbox.phone.pn, 'Hello')
  await vi.waitFor(() => expect(payloads(messages).map(({ message }) => message.body)).toContain('Hello'), 10_000)
  messages.leave()
  const [reader, all] = await Promise.all([
    open('presence.update'),
    readEvents(sandbox.url, sandbox.target.tokens.full, ''),
  ])
  const isTold = async (presence: object, count: number) => {
    await vi.waitFor(() => expect(reader.events()).toHaveLength(count), 10_000)
    const shown = { chatJid: friend.pn, jid: friend.pn, ...presence }
    expect(payloads(reader).at(-1)).toEqual({ event: 'presence.update', presence: shown })
  }
  companion().show(node('chatstate', { from: friend.lid }, [node('composing', { media: 'audio' })]))
  await isTold({ state: 'recording' }, 1)
  companion().show(node('presence', { from: friend.pn, type: 'unavailable', last: '1790000000' }))
  await isTold({ state: 'unavailable', lastSeenAt: 1_790_000_000_000 }, 2)
  expect(reader.events().map(({ id }) => id)).toEqual([undefined, undefined])
  expect(all.events().filter(({ event }) => event === 'presence.update')).toEqual([])
  reader.leave()
  all.leave()
})

test('a new code to scan passes by, and the code itself is not in it', async () => {
  const reader = await readEvents(sandbox.url, sandbox.target.tokens.full, '?event=auth.qr')
  const owner = sandbox.loopback.account({ pn: '6285550000009', name: 'Owner' })
  const { id } = await linked(owner)
  await vi.waitFor(() => expect(reader.events().length).toBeGreaterThan(0), 10_000)
  const [first] = reader.events()
  expect(JSON.parse(first?.data ?? '')).toMatchObject({ session: id, event: 'auth.qr' })
  expect(payloads(reader)[0]).toEqual({ event: 'auth.qr', qr: { expiresAt: expect.any(Number) } })
  reader.leave()
})
