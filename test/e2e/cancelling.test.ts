/** Deleting and editing a message at each moment of its way to WhatsApp: what is answered, and what the receiver's phone shows. */
import { expect, test, vi } from 'vitest'
import type { Account, BinaryNode } from '../../loopback/index.ts'
import { becomes, full, inSandbox, linked, sandbox } from '../support/in-sandbox.ts'
import { call, edit, pathOf, person, reason, revoke, type Shown, sent, shows, stored } from '../support/messages.ts'

inSandbox()

const live = () => sandbox.target.fixtures.liveSession
const faults = () => sandbox.loopback.faults

let owners = 0
/** A connected session of somebody new. */
const session = async () => {
  owners += 1
  const { id, companion } = await linked(sandbox.loopback.account({ pn: `628444770${owners}`, name: 'Owner' }))
  await becomes(id, { status: 'working' })
  return { id, companion }
}

/** A call that sends a text and goes on; resolves when the gateway has stored the message. */
const begun = async (to: Account, text: string, { at = live(), key = '' } = {}) => {
  const answer = call('POST', pathOf(at), { type: 'text', to: to.pn, text }, key)
  const message = await vi.waitFor(async () => {
    const { body } = await full('GET', `/sessions/${at}/chats/${to.pn}/messages`)
    const found = (body as { data?: Shown[] }).data?.find((one) => one.body === text)
    if (found === undefined) throw new Error('it is not stored yet')
    return found
  }, 10_000)
  return { answer, message }
}

/** Resolves when WhatsApp has got a message. */
const written = (id: string) => vi.waitFor(() => expect(sandbox.loopback.submissions.of(id)).toHaveLength(1), 20_000)

const isTo =
  (to: Account) =>
  ({ attrs }: BinaryNode) =>
    attrs.to === to.pn || attrs.to === to.lid
const isRevoke = ({ attrs }: BinaryNode) => attrs.edit === '7'

const idsOn = (phone: Account) => phone.phone.screen.messages.map(({ id }) => id)

const cancelled = { status: 200, body: { status: 'failed', error: expect.stringContaining('cancelled') } }

test('while WhatsApp is asked for the devices of the receiver: cancelled, and who sends it is told, under its key too', async () => {
  const rina = person()
  const asks = ({ attrs, content }: BinaryNode) => {
    const text = JSON.stringify(content)
    return attrs.xmlns === 'usync' && text.includes('"devices"') && text.includes(rina.pn)
  }
  const answerAgain = faults().onIq(asks, 'ignore')
  const { answer, message } = await begun(rina, 'not after all', { key: 'cancelled-meanwhile' })
  const early = await edit(message.id, 'other words')
  expect([early.status, reason(early)]).toEqual([409, 'pending'])
  expect(await Promise.all([revoke(message.id), revoke(message.id)])).toMatchObject([cancelled, cancelled])
  const body = { type: 'text', to: rina.pn, text: 'not after all' }
  for (const of of [await answer, await call('POST', pathOf(live()), body, 'cancelled-meanwhile')])
    expect([of.status, reason(of)]).toEqual([409, 'cancelled'])
  answerAgain()
  const next = await sent(rina.pn, 'this one')
  await shows(rina, next.waMessageId, { arrivals: 1 })
  expect(idsOn(rina)).toEqual([next.waMessageId])
}, 120_000)

test('while it waits for its turn by the pace: cancelled, and the next one goes', async () => {
  const [rina, { id }] = [person(), await session()]
  await full('PATCH', `/sessions/${id}`, { ratePerMin: 1 })
  const later = async (text: string) =>
    (await call('POST', `${pathOf(id)}?async=true`, { type: 'text', to: rina.pn, text })).body
  const first = await later('first')
  const [waits, next] = [await later('not after all'), await later('this one')]
  expect(await revoke(waits.id, id)).toMatchObject(cancelled)
  await full('PATCH', `/sessions/${id}`, { ratePerMin: 0 })
  await shows(rina, next.waMessageId, { arrivals: 1 })
  expect(idsOn(rina)).toEqual([first.waMessageId, next.waMessageId])
}, 60_000)

test('written, lost and deleted: the next connection does not send it again', async () => {
  const [rina, { id, companion }] = [person(), await session()]
  faults().onMessage(isTo(rina), 'ignore', 1)
  const { answer, message } = await begun(rina, 'a mistake', { at: id })
  await written(message.waMessageId)
  const early = await edit(message.id, 'other words', id)
  expect([early.status, reason(early)]).toEqual([409, 'pending'])
  const deleted = { body: { deleted: true, status: 'pending' } }
  expect(await revoke(message.id, id)).toMatchObject({ status: 200, ...deleted })
  companion.drop()
  expect(await answer).toMatchObject({ status: 202, ...deleted })
  const next = await vi.waitFor(async () => {
    const body = await sent(rina.pn, 'this one', id)
    expect(body.id).toBeDefined()
    return body
  }, 20_000)
  await shows(rina, next.waMessageId, { arrivals: 1 })
  expect(sandbox.loopback.submissions.of(message.waMessageId)).toHaveLength(1)
  expect(rina.phone.screen.find(message.waMessageId)?.message).toBeUndefined()
  expect(await stored(message.id, id)).toMatchObject(deleted.body)
}, 90_000)

test('written and lost, as is its deletion: both are sent again, in their order', async () => {
  const [rina, { id, companion }] = [person(), await session()]
  const lift = faults().onMessage(isTo(rina), 'ignore')
  const { answer, message } = await begun(rina, 'a mistake', { at: id })
  await written(message.waMessageId)
  const deleting = revoke(message.id, id)
  await vi.waitFor(() => {
    const lost = sandbox.loopback.submissions.entries.filter(
      ({ to, outcome }) => to === rina.pn && outcome === 'ignored',
    )
    expect(lost).toHaveLength(2)
  }, 20_000)
  lift()
  companion.drop()
  await Promise.all([answer, deleting])
  await vi.waitFor(
    async () => expect(await stored(message.id, id)).toMatchObject({ deleted: true, status: 'delivered' }),
    20_000,
  )
  await shows(rina, message.waMessageId, { revoked: true })
}, 90_000)

test('an edit and a deletion at once: it is deleted, here and on the phone', async () => {
  const rina = person()
  const message = await sent(rina.pn, 'a mistake')
  faults().onMessage(isRevoke, { delayMs: 200 }, 1)
  const [edited, deleted] = await Promise.all([edit(message.id, 'other words'), revoke(message.id)])
  expect([200, 409]).toContain(edited.status)
  if (edited.status === 409) expect(reason(edited)).toBe('deleted')
  expect(deleted).toMatchObject({ status: 200, body: { deleted: true } })
  await shows(rina, message.waMessageId, { revoked: true })
  const after = await full('GET', pathOf(live(), message.id))
  expect(after.body).toMatchObject({ deleted: true })
  expect(JSON.stringify(after.body)).not.toContain('words')
}, 60_000)
