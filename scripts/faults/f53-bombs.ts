import { deflateSync } from 'node:zlib'
import { proto } from '@whiskeysockets/baileys'
import { type BinaryNode, type Loopback, node } from '../../loopback/index.ts'
import type { Fault, FaultRun } from './fault.ts'
import { openBystander, percentile } from './harness/bystander.ts'
import { newId } from './harness/stanza.ts'
import type { World } from './harness/world.ts'
import type { Target } from './strange/inputs.ts'
import { strangerIn, taken, wrongWith } from './strange/send.ts'

const heap = 512
const maxGrowth = 600e6
const lateMs = 5_000

export const bombs: Fault = {
  id: 'F53',
  name: 'a little that becomes very much',
  injection: `with a heap of ${heap} MB: histories of kilobytes that become hundreds of megabytes, millions of chats, and messages inside of messages without end, of the own phone, inline and from the media host; messages of a contact with hundreds of thousands of empty members, quotes and envelopes thousands deep, a megabyte of text; stanzas with hundreds of ciphertexts and thousands of children; then a dropped connection and three restarts, each while one of them is read`,
  promise: `the process lives, resident memory grows by less than ${maxGrowth / 1e6} MB at any time, the session works within 30 s after each, another organization's messages are receipted within ${lateMs / 1_000} s`,
  async run(run) {
    const { quick, open, say, figure, check } = run
    const world = await open({ unreadable: true, nodeArgs: [`--max-old-space-size=${heap}`] })
    const target = strangerIn(world)
    // Compressing blocks this process for seconds, during which it would miss receipts.
    const made = bombsFor(target, world.loopback, quick)
    const bystander = await openBystander(world)
    const before = world.gateway.rss()
    let peak = 0
    const watch = setInterval(() => {
      if (world.gateway.isAlive) peak = Math.max(peak, world.gateway.rss() - before)
    }, 50)
    world.onClose(async () => clearInterval(watch))

    for (const { name, send } of made) {
      const began = peak
      await send()
      const wrong = await wrongWith(world)
      check(wrong === undefined, `the session goes on after ${name}: ${wrong}`)
      if (wrong !== undefined) return
      say(`${name}${peak > began ? `: ${(peak / 1e6).toFixed(0)} MB more` : ''}`)
    }
    if (!quick) await linear(world, target, run)
    await restarts(
      world,
      made.filter(({ isKept }) => isKept),
      run,
    )

    const lost = await bystander.end()
    const late = bystander.latencies.filter((ms) => ms > lateMs * (quick ? 5 : 1)).length
    check(lost === 0, `the other organization's messages are all stored: ${lost} are missing`)
    check(late === 0, `and none is late: ${late} of ${bystander.latencies.length}`)
    check(peak < maxGrowth, `memory is bounded: ${(peak / 1e6).toFixed(0)} MB more at most`)
    figure('kinds', made.length)
    figure('memory at most', `${(peak / 1e6).toFixed(0)} MB more`)
    figure('others receipted, p99', `${percentile(bystander.latencies, 0.99).toFixed(0)} ms`)
  },
}

const repeated = <T>(count: number, item: T): T[] => Array<T>(count).fill(item)

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])

type Notification = proto.Message.IHistorySyncNotification

interface Bomb {
  name: string
  /** The journal keeps it until it is read, and the next process reads it again. */
  isKept?: true
  send: () => Promise<unknown>
}

const bombsFor = (target: Target, { media }: Loopback, quick: boolean): Bomb[] => {
  const { owner, stranger, companion, group } = target
  const attrs = () => ({ id: newId(), from: stranger.pn, sender_lid: stranger.lid, type: 'text', t: seconds() })
  const message = (name: string, content: proto.IMessage): Bomb[] => [
    { name, send: () => stranger.phone.send(owner.pn, content) },
    { name: `${name}, in a group`, send: () => stranger.phone.send(group.jid, content) },
    { name: `${name}, of the own phone`, send: () => owner.phone.send(stranger.pn, content) },
  ]
  const plain = (name: string, bytes: Buffer): Bomb => ({
    name,
    send: async () => companion.deliver(node('message', attrs(), [node('plaintext', {}, bytes)])),
  })
  const stanza = (name: string, content: BinaryNode[]): Bomb => ({
    name,
    send: async () => companion.deliver(node('message', attrs(), content)),
  })
  const history = (name: string, payload: Buffer): Bomb[] => {
    const send = (where: Notification) =>
      owner.phone.notifyHistory({ syncType: 3, chunkOrder: 1, progress: 50, ...where })
    const words = `a history of ${(payload.length / 1024).toFixed(0)} KiB: ${name}`
    return [
      { name: words, send: () => send({ initialHistBootstrapInlinePayload: payload }) },
      { name: `${words}, on the media host`, isKept: true, send: () => send(media.put(payload, 'history')) },
    ]
  }
  const many = quick ? 200_000 : 400_000
  const emptyChats = (megabytes: number) => Buffer.alloc(megabytes * 1e6, Buffer.from([0x12, 0]))
  const text = proto.Message.encode({ conversation: 'canary-text' }).finish()
  return [
    ...message('contacts that say nothing', { contactsArrayMessage: { contacts: repeated(many, {}) } }),
    ...message('mentions of nobody', {
      extendedTextMessage: { text: 'x', contextInfo: { mentionedJid: repeated(many, '') } },
    }),
    ...message('options of a poll', { pollCreationMessageV3: { name: 'x', options: repeated(many, {}) } }),
    ...message('a long text', { conversation: 'x'.repeat(900_000) }),
    // ephemeralMessage { message }, and extendedTextMessage { contextInfo { quotedMessage } }.
    ...[50, 5_000, 50_000].map((depth) => plain(`envelopes ${depth} deep`, nestedBy([40, 1], depth, text))),
    ...[50, 5_000, 50_000].map((depth) => plain(`quotes ${depth} deep`, nestedBy([6, 17, 3], depth, text))),
    stanza('500 ciphertexts', repeated(500, node('enc', { v: '2', type: 'msg' }, Buffer.alloc(60, 3)))),
    stanza('500 messages without encryption', repeated(500, node('plaintext', {}, text))),
    stanza('participants', [node('participants', {}, repeated(20_000, node('to', { jid: stranger.pn })))]),
    ...history('chats without anything', deflateSync(emptyChats(40))),
    ...history('zeros', deflateSync(Buffer.alloc(quick ? 200e6 : 1_000e6))),
    ...history('a chat inside of a chat', deflateSync(nestedBy([2], 100_000, Buffer.alloc(0)))),
    ...(quick ? [] : history('more chats without anything', deflateSync(emptyChats(90)))),
  ]
}

/** Several fields in turn, the last one innermost. */
const nestedBy = (fields: number[], depth: number, inside: Uint8Array): Buffer => {
  const heads: Buffer[] = []
  let length = inside.length
  for (let level = 0; level < depth; level += 1)
    for (const field of fields.toReversed()) {
      const head = Buffer.from([...varint((field << 3) | 2), ...varint(length)])
      heads.push(head)
      length += head.length
    }
  return Buffer.concat([...heads.reverse(), inside])
}

const seconds = () => String(Math.floor(Date.now() / 1000))

/** Twice the ciphertexts in one stanza: about twice the work, with room for chance. */
const linear = async (world: World, { stranger, companion }: Target, { check, figure }: FaultRun) => {
  const took: number[] = []
  for (const count of [2_000, 4_000]) {
    const attrs = { id: newId(), from: stranger.pn, sender_lid: stranger.lid, type: 'text', t: seconds() }
    const encs = Array.from({ length: count }, (_, index) =>
      node('enc', { v: '2', type: 'msg' }, Buffer.alloc(60, index)),
    )
    const began = performance.now()
    companion.deliver(node('message', attrs, encs))
    const wrong = await wrongWith(world)
    took.push(performance.now() - began)
    check(wrong === undefined, `the session goes on after ${count} ciphertexts: ${wrong}`)
  }
  const [one = 0, two = 0] = took
  check(two < 4 * one + 1_000, `work is linear: ${one.toFixed(0)} ms, twice as many ${two.toFixed(0)} ms`)
  figure('2,000 and 4,000 ciphertexts', `${one.toFixed(0)} and ${two.toFixed(0)} ms`)
}

/** A dropped connection, and three restarts, each as soon as WhatsApp has heard that the next history has come. */
const restarts = async (world: World, histories: Bomb[], { check }: FaultRun) => {
  for (const [n, how] of (['drop', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const).entries()) {
    await histories[n % histories.length]?.send()
    await taken(world, 20_000)
    if (how === 'drop') world.companion.drop()
    else {
      await world.gateway.kill(how)
      await world.start({ offline: true })
    }
    const wrong = await wrongWith(world)
    check(wrong === undefined, `the session works after ${how}: ${wrong}`)
  }
}
