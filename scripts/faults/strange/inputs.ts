/** The inputs of the fuzzer: by kind and number, the same for the same seed. */
import { deflateSync } from 'node:zlib'
import { proto } from '@whiskeysockets/baileys'
import { type Account, type BinaryNode, type Companion, type Group, node } from '../../../loopback/index.ts'
import { createRandom, type Random } from '../harness/random.ts'
import { newId } from '../harness/stanza.ts'
import { contentAt } from './contents.ts'
import { anyShape, changed, emptied, pathsOf, type Shape, typeOf, wholeShape } from './shapes.ts'
import { altered, serverStanzas } from './stanzas.ts'

/** Whom it is sent to, and who sends it. */
export interface Target {
  owner: Account
  companion: Companion
  /** A contact who writes nothing else. */
  stranger: Account
  /** Of owner and stranger, among others. */
  group: Group
}

export interface Input {
  /** `direct 17: reactionMessage without key`. */
  name: string
  /** Resolves when it is sent or queued for the next login. */
  send(): Promise<void>
}

type Make = (target: Target, seed: number, index: number) => Input

/** Where it comes from. */
export type Kind = keyof typeof kinds

/** How a message is encrypted, or not. */
type Enc = (message: proto.IMessage) => Promise<BinaryNode>

const seconds = () => String(Math.floor(Date.now() / 1000))

const sealedBy =
  (account: Account, { companion }: Target): Enc =>
  async (message) => {
    const { type, ciphertext } = await account.phone.signal.seal(companion, message)
    return node('enc', { v: '2', type }, ciphertext)
  }

const plaintext = (message: proto.IMessage) => node('plaintext', {}, proto.Message.encode(message).finish())

const attrsOf = (target: Target, random: Random) => {
  const { stranger } = target
  const common = { id: newId(), t: seconds(), type: 'text', notify: 'Stranger' }
  return random.next() < 0.5
    ? { ...common, from: stranger.pn, sender_lid: stranger.lid }
    : { ...common, from: stranger.lid, addressing_mode: 'lid', sender_pn: stranger.pn }
}

const groupAttrs = ({ stranger, group }: Target) => ({
  id: newId(),
  t: seconds(),
  type: 'text',
  from: group.jid,
  participant: stranger.lid,
  participant_pn: stranger.pn,
  addressing_mode: 'lid',
})

/**
 * Addresses for contents. They include the account's own, because no content can change whose that is; but not those of people whose
 * messages must arrive, because the account's phone could declare them to be another person's.
 */
const addressesOf = ({ owner, stranger }: Target) => [
  stranger.pn,
  stranger.lid,
  owner.pn,
  owner.lid,
  '628777000001@s.whatsapp.net',
  '98877000001@lid',
  '628777000001:3@s.whatsapp.net',
]

const ofContent =
  (kind: string, stanzaOf: (target: Target, message: proto.IMessage, random: Random) => Promise<BinaryNode>): Make =>
  (target, seed, index) => {
    const random = createRandom(seed, `${kind} ${index}`)
    const { name, message } = contentAt(seed + kind.length, index, addressesOf(target))
    return {
      name: `${kind} ${index}: ${name}`,
      send: async () => target.companion.deliver(await stanzaOf(target, message, random)),
    }
  }

const direct = ofContent('direct', async (target, message, random) =>
  node('message', attrsOf(target, random), [await sealedBy(target.stranger, target)(message)]),
)

const inGroup = ofContent('group', async (target, message) => {
  const { stranger, group, companion } = target
  const { sealed, distribution } = await stranger.phone.signal.sealForGroup(group.jid, message)
  const key = await stranger.phone.signal.seal(companion, distribution)
  return node('message', groupAttrs(target), [
    node('enc', { v: '2', type: key.type }, key.ciphertext),
    node('enc', { v: '2', type: sealed.type }, sealed.ciphertext),
  ])
})

/** Unencrypted content may also be invalid bytes. */
const plain = ofContent('plain', async (target, message, random) => {
  const enc = plaintext(message)
  const bytes = Buffer.from(enc.content as Uint8Array)
  const kind = random.next()
  if (kind < 0.15) enc.content = bytes.subarray(0, random.int(0, bytes.length))
  else if (kind < 0.3 && bytes.length > 0) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255)
  else if (kind < 0.4)
    enc.content = Buffer.concat([bytes, Buffer.from([0xfa, 0xff, 0x3f, 2, 0x61, 0x62, 0xf8, 0xff, 0x3f, 7])])
  if (kind >= 0.15 && kind < 0.3) enc.content = bytes
  const place = random.pick([
    attrsOf(target, random),
    groupAttrs(target),
    { id: newId(), t: seconds(), type: 'text', from: 'status@broadcast', participant: target.stranger.pn },
    { id: newId(), t: seconds(), type: 'text', from: '1@newsletter', server_id: '7' },
  ])
  return node('message', place, [enc])
})

/** Messages of the own phone reach its companions as copies. */
const copy = ofContent('copy', async (target, message, random) => {
  const { owner, stranger, group } = target
  const to = random.pick([stranger.pn, stranger.lid, group.jid])
  const content = random.pick<proto.IMessage>([
    { deviceSentMessage: { destinationJid: to, message } },
    { deviceSentMessage: { destinationJid: to, message } },
    { deviceSentMessage: { message } },
    { deviceSentMessage: { destinationJid: to } },
    message,
  ])
  const place =
    to === group.jid
      ? { from: to, participant: owner.pn }
      : { from: to.endsWith('lid') ? owner.lid : owner.pn, recipient: to }
  return node('message', { id: newId(), t: seconds(), type: 'text', ...place }, [
    await sealedBy(owner, target)(content),
  ])
})

const protocolType = typeOf('proto.Message.ProtocolMessage')

/** Messages of the own phone to its companions only: of each type, and each with one part missing. */
const peer: Make = (target, seed, index) => {
  const random = createRandom(seed, `peer ${index}`)
  const jids = addressesOf(target)
  const full = wholeShape(protocolType, jids, 3)
  const paths = pathsOf(full)
  const type = index % 34
  const of: Shape = (() => {
    const kind = random.next()
    if (kind < 0.1) return full
    if (kind < 0.6) return (random.next() < 0.35 ? emptied : changed)(full, random.pick(paths)) as Shape
    return anyShape(protocolType, { random, jids }, 4)
  })()
  const protocolMessage = random.next() < 0.95 ? { ...of, type } : of
  return {
    name: `peer ${index}: protocolMessage of type ${type}`,
    send: async () => {
      const attrs = { from: target.owner.pn, id: newId(), type: 'text', category: 'peer', t: seconds() }
      target.companion.deliver(node('message', attrs, [await sealedBy(target.owner, target)({ protocolMessage })]))
    },
  }
}

const historyType = typeOf('proto.HistorySync')

/** Contents as phones bring them with history, and histories that lack something themselves. */
const history: Make = (target, seed, index) => {
  const random = createRandom(seed, `history ${index}`)
  const jids = addressesOf(target)
  const ofMessage = (number: number): Shape => {
    const { message } = contentAt(seed + 7, number, jids)
    const key = { remoteJid: target.stranger.pn, fromMe: random.next() < 0.3, id: newId() }
    const info: Shape = { key, message, messageTimestamp: Math.floor(Date.now() / 1000) - random.int(0, 90_000) }
    const kind = random.next()
    if (kind < 0.6) return { message: info, msgOrderId: number }
    if (kind < 0.8) return { message: changed(info, random.pick(pathsOf({ key, messageTimestamp: 1 }))) }
    if (kind < 0.9) return { message: { ...anyShape(typeOf('proto.WebMessageInfo'), { random, jids }, 3), key } }
    return random.pick<Shape>([{}, { message: {} }, { msgOrderId: 1 }])
  }
  const syncType = random.pick([0, 2, 3, 3, 3, 4, 6])
  const made = (): Shape => {
    const conversations = [
      {
        id: target.stranger.pn,
        lidJid: target.stranger.lid,
        messages: Array.from({ length: 10 }, (_, number) => ofMessage(index * 10 + number)),
      },
      ...Array.from({ length: random.int(0, 2) }, () => anyShape(typeOf('proto.Conversation'), { random, jids }, 3)),
    ]
    if (random.next() < 0.6) return { syncType, conversations }
    const full = { ...wholeShape(historyType, jids, 3), syncType }
    return random.next() < 0.5
      ? ((random.next() < 0.35 ? emptied : changed)(full, random.pick(pathsOf(full))) as Shape)
      : { ...anyShape(historyType, { random, jids }, 4), syncType }
  }
  return {
    name: `history ${index}: of type ${syncType}`,
    send: async () => {
      const payload = deflateSync(proto.HistorySync.encode(made() as proto.IHistorySync).finish())
      const kind = random.next()
      const inline =
        kind < 0.9 ? payload : random.pick([payload.subarray(0, payload.length >> 1), Buffer.from('no zlib')])
      const historySyncNotification = {
        syncType,
        chunkOrder: 1,
        progress: 50,
        initialHistBootstrapInlinePayload: inline,
      }
      const message = { protocolMessage: { type: 5, historySyncNotification } } as proto.IMessage
      const attrs = { from: target.owner.pn, id: newId(), type: 'text', category: 'peer', t: seconds() }
      target.companion.deliver(node('message', attrs, [await sealedBy(target.owner, target)(message)]))
    },
  }
}

const verified = (random: Random) => {
  const details = proto.VerifiedNameCertificate.Details.encode({ verifiedName: 'Shop' }).finish()
  return random.pick<Uint8Array>([
    proto.VerifiedNameCertificate.encode({ details }).finish(),
    proto.VerifiedNameCertificate.encode({}).finish(),
    proto.VerifiedNameCertificate.encode({ details: Buffer.from([0xff]) }).finish(),
    Buffer.from([0xff, 0xff]),
    Buffer.alloc(0),
  ])
}

/** A message stanza with something missing or added. */
const stanza: Make = (target, seed, index) => {
  const random = createRandom(seed, `stanza ${index}`)
  const attrs = random.pick<Record<string, string>>([
    attrsOf(target, random),
    groupAttrs(target),
    { id: newId(), t: seconds(), type: 'text', from: target.owner.pn, recipient: target.stranger.pn },
    { id: newId(), t: seconds(), type: 'text', from: target.owner.pn, category: 'peer' },
    { id: newId(), t: seconds(), type: 'text', from: 'status@broadcast', participant: target.stranger.pn },
    { id: newId(), t: seconds(), type: 'text', from: '1@broadcast', participant: target.stranger.lid },
    { id: newId(), t: seconds(), type: 'text', from: '1@newsletter', server_id: '7' },
    { id: newId(), t: seconds(), type: 'text', from: '1:7@hosted' },
    { id: newId(), t: seconds(), type: 'text', from: '1:7@hosted.lid' },
  ])
  const bad = (type: string) => node('enc', { v: '2', type }, Buffer.from([0x33, 1, 2, 3]))
  const parts: (() => Promise<BinaryNode>)[] = [
    () => sealedBy(target.stranger, target)({ conversation: 'canary-text' }),
    () => sealedBy(target.owner, target)({ conversation: 'canary-text' }),
    async () => plaintext({ conversation: 'canary-text' }),
    async () => ({ ...plaintext({ conversation: 'canary-text' }), tag: 'enc', attrs: { v: '2', type: 'plaintext' } }),
    async () => bad('msg'),
    async () => bad('pkmsg'),
    async () => bad('skmsg'),
    async () => bad('msmsg'),
    async () => bad('frskmsg'),
    async () => bad(''),
    async () => node('enc', {}, Buffer.alloc(0)),
    async () => node('enc', { type: 'msg' }),
    async () => node('enc', { type: 'msg', count: 'x' }, [node('x')]),
    async () => node('verified_name', { v: '1' }, verified(random)),
    async () => node('unavailable', { type: random.pick(['view_once', 'bot_unavailable_fanout', '', 'x']) }),
    async () => node('unavailable'),
    async () => node('participants', {}, [node('to', { jid: target.owner.pn }, [bad('pkmsg')])]),
    async () => node('device-identity', {}, Buffer.alloc(10, 1)),
    async () => node('reporting', {}, [node('reporting_token', { v: '2' }, Buffer.alloc(16))]),
    async () => node('biz', {}, [node('x')]),
    async () => node('bot', { biz_bot: '1' }),
    async () => node('meta', { target_id: 'x', appdata: 'default' }),
  ]
  const chosen = Array.from({ length: random.pick([0, 1, 1, 1, 2, 3, 5]) }, () => random.pick(parts))
  const t = random.pick(['', 'x', '-1', '0', '99999999999', '1e400', '9'.repeat(30)])
  const strangeTime = random.next() < 0.2
  return {
    name: `stanza ${index}`,
    send: async () => {
      const content: BinaryNode[] = []
      for (const part of chosen) content.push(await part())
      const whole = node('message', strangeTime ? { ...attrs, t } : attrs, content)
      const { stanza: made } = random.next() < 0.7 ? altered(whole, random) : { stanza: whole }
      // A stanza without id cannot be acknowledged, and would be delivered again at each login.
      if (made.attrs.id && made.attrs.from) target.companion.deliver(made)
      else target.companion.show(made)
    },
  }
}

/** Stanzas of WhatsApp's servers other than messages. */
const server: Make = (target, seed, index) => {
  const random = createRandom(seed, `server ${index}`)
  const { owner, stranger, group, companion } = target
  const people = {
    own: owner.pn,
    ownLid: owner.lid,
    other: stranger.pn,
    otherLid: stranger.lid,
    group: group.jid,
  }
  const all = serverStanzas(people, newId())
  const whole = all[index % all.length] ?? node('ib')
  const { name, stanza: made } = index < all.length ? { name: 'whole', stanza: whole } : altered(whole, random)
  const about = [whole.tag, whole.attrs.type ?? whole.attrs.class, childTag(whole)].filter(Boolean).join(' ')
  return { name: `server ${index}: ${about}, ${name}`, send: async () => companion.show(made) }
}

const childTag = ({ content }: BinaryNode) => (Array.isArray(content) ? content[0]?.tag : undefined)

const kinds = { direct, group: inGroup, plain, copy, peer, stanza, server, history } satisfies Record<string, Make>

export const kindNames = Object.keys(kinds) as Kind[]

export const inputAt = (kind: Kind, target: Target, seed: number, index: number): Input =>
  kinds[kind](target, seed, index)
