import { expect, test } from 'vitest'
import type { Fact, MessageFact } from '../../model/facts.ts'
import { createRepeats } from './repeated-facts.ts'

const ana = '6281234567891@s.whatsapp.net'
const bob = '6281234567892@s.whatsapp.net'
const anasLid = '98765432101234@lid'

const message = (id: string, rest: Partial<MessageFact> = {}): Fact => ({
  kind: 'message',
  chat: ana,
  id,
  fromMe: false,
  timestamp: 1,
  type: 'text',
  live: true,
  ...rest,
})
const contact = (jid: string, pushName: string, name?: string): Fact => ({
  kind: 'contact',
  jid,
  pushName,
  ...(name !== undefined && { name }),
})
const alias: Fact = { kind: 'alias', lid: anasLid, pn: ana }

/** What passes of each event, in one connection. */
const passed = (...events: Fact[][]) => {
  const withoutRepeated = createRepeats()
  return events.map((facts) => [...withoutRepeated(facts)])
}

test('the name that a message has just told is not told again', () => {
  const hello = message('A', { sender: ana, pushName: 'Ana' })
  expect(passed([hello], [contact(ana, 'Ana')], [hello], [contact(ana, 'Ana')])).toEqual([[hello], [], [hello], []])
})

test('the same name passes later, when a history may have changed it', () => {
  const hello = message('A', { sender: ana, pushName: 'Ana' })
  expect(passed([hello], [contact(ana, 'Ana')], [contact(ana, 'Ana')])).toEqual([[hello], [], [contact(ana, 'Ana')]])
})

test('in a chat without a sender it is the name of the chat', () => {
  const hello = message('A', { pushName: 'Ana' })
  expect(passed([hello], [contact(ana, 'Ana')])).toEqual([[hello], []])
})

test('another name, a name from the address book, and the name of another one pass', () => {
  const hello = message('A', { pushName: 'Ana' })
  for (const other of [contact(ana, 'Anna'), contact(ana, 'Ana', 'Ana from work'), contact(bob, 'Ana')])
    expect(passed([hello], [other])).toEqual([[hello], [other]])
})

test('a name passes again when another one was told in between, as that may be the same person', () => {
  const events = [message('A', { pushName: 'Ana' }), contact(anasLid, 'Anna'), contact(ana, 'Ana')].map((fact) => [
    fact,
  ])
  expect(passed(...events)).toEqual(events)
  const messages = [
    message('A', { pushName: 'Ana' }),
    message('B', { chat: anasLid, pushName: 'Anna' }),
    contact(ana, 'Ana'),
  ].map((fact) => [fact])
  expect(passed(...messages)).toEqual(messages)
})

test('a message without a name changes nothing', () => {
  const events = [[message('A', { pushName: 'Ana' })], [message('B', { fromMe: true })], [contact(ana, 'Ana')]]
  expect(passed(...events)).toEqual([...events.slice(0, 2), []])
})

test('a name in a history is not relied on', () => {
  const events = [[message('A', { live: false, pushName: 'Ana' })], [contact(ana, 'Ana')]]
  expect(passed(...events)).toEqual(events)
})

test('an alias passes once', () => {
  const hello = message('A')
  expect(passed([alias, hello], [alias, hello])).toEqual([[alias, hello], [hello]])
})

test('the aliases that are remembered are bounded', () => {
  const others = Array.from({ length: 256 }, (_, n): Fact => ({ kind: 'alias', lid: `${n}1@lid`, pn: ana }))
  expect(passed([alias], others, [alias])).toEqual([[alias], others, [alias]])
})

test('each connection begins anew', () => {
  const events = [[alias, message('A', { pushName: 'Ana' })], [contact(ana, 'Ana')]]
  expect([...passed(...events), ...passed(...events)]).toEqual([events[0], [], events[0], []])
})
