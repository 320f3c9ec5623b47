import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import { budi, group, message, now, own, rina, rinaLid, rinasAlias } from '../behaviour/examples.behaviour.ts'
import { createConvergence } from './converge.ts'
import type { MessageRow, Rows, Sealed, WaitingRow } from './rows.ts'
import { createMemory, createMemoryRows } from './test-memory-rows.ts'

interface Saved {
  operation: keyof Rows
  given: unknown[]
}

/** Runs convergence on empty rows. @returns what it gave to the row port, in order */
const savedOf = async (...calls: Fact[][]): Promise<Saved[]> => {
  const memory = createMemory()
  const rows = createMemoryRows(memory)
  const saved: Saved[] = []
  const recording = new Proxy(rows, {
    get: (target, operation: keyof Rows) => {
      const call = target[operation] as (...given: unknown[]) => Promise<unknown>
      return (...given: unknown[]) => {
        saved.push({ operation, given: structuredClone(given) })
        return call(...given)
      }
    },
  })
  let ids = 0
  const newId = () => {
    ids += 1
    return `msg_${ids}`
  }
  for (const facts of calls) await createConvergence(facts, { now, newId, sealedReader: undefined }).run(recording)
  return saved
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

// PostgreSQL takes neither U+0000 in a text nor half a surrogate pair in JSON: one hostile message would hold up all others.
const hostile = fc.string({
  unit: fc.constantFrom('a', '\0', '\ud83d', '\ude00', '"', '\\'),
  minLength: 1,
  maxLength: 6,
})
const sender = fc.constantFrom(rina, rinaLid, budi)
const id = fc.oneof(fc.constantFrom('A', 'B'), hostile)

const target = fc
  .tuple(id, sender, fc.boolean())
  .map(([one, by, fromMe]) => ({ chat: group, id: one, fromMe, ...(!fromMe && { sender: by }) }))

const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.tuple(target, hostile, hostile).map(
    ([key, body, pushName]): Fact => ({
      ...message('', { ...key, body, pushName }),
      media: { filename: body, mimetype: pushName },
      quoted: { id: body, fromMe: false, sender: `${body}@lid`, type: 'text', body },
      location: { latitude: body.length, longitude: 0, name: body, address: pushName },
      contacts: [{ name: body, vcard: pushName }],
      poll: { name: body, options: [body, pushName, 'yes'], selectableCount: 1 },
      mentions: [`${body}@lid`, rina, rina],
    }),
  ),
  fc
    .tuple(target, sender, hostile)
    .map(([key, by, body]): Fact => ({ kind: 'edit', target: key, by, body, mentions: [`${body}@lid`], at: now })),
  fc.tuple(target, sender).map(([key, by]): Fact => ({ kind: 'revoke', target: key, by, at: now })),
  fc
    .tuple(id, hostile)
    .map(([one, error]): Fact => ({ kind: 'receipt', target: own(one), status: 'failed', error, at: now })),
  fc.tuple(sender, hostile).map(([jid, name]): Fact => ({ kind: 'contact', jid, name, pushName: name })),
  hostile.map((name): Fact => ({ kind: 'chat', jid: group, name })),
  hostile.map((user): Fact => message('A', { chat: `${user}@s.whatsapp.net` })),
  fc.tuple(id, id).map(
    ([one, targetId]): Fact => ({
      kind: 'sealed',
      holds: 'edit',
      carrier: message(one),
      targetId,
      own: [],
      at: now,
      iv: randomBytes(12),
      payload: randomBytes(32),
    }),
  ),
  fc.constant(rinasAlias),
)

const calls = fc.array(fc.array(fact, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 })

test('of however many people two addresses are learnt in one call, who they are is asked once', async () => {
  const people = Array.from({ length: 40 }, (_, n) => ({
    pn: `6281${1000 + n}@s.whatsapp.net`,
    lid: `71${1000 + n}@lid`,
  }))
  const told = people.flatMap(({ pn, lid }) => [message(pn, { chat: pn }), message(lid, { chat: lid })])
  const aliases = people.map((person): Fact => ({ kind: 'alias', ...person }))
  const asked = (saved: Saved[]) => saved.filter(({ operation }) => operation === 'addresses').length
  const saved = await savedOf(told, aliases)
  expect(saved.filter(({ operation }) => operation === 'absorbPeer')).toHaveLength(40)
  expect(asked(saved) - asked(await savedOf(told))).toBe(1)
})

test('no text that a database could refuse reaches the rows', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (facts) => {
      const texts = (await savedOf(...facts)).flatMap(textsIn)
      expect(texts.filter((text) => text.includes('\0') || !text.isWellFormed())).toEqual([])
      // Some are JSON, which would say it in ASCII.
      expect(texts.filter((text) => /\\u(0000|d[89a-f]..)/.test(text))).toEqual([])
    }),
    { numRuns: 100 },
  )
})

/** What a database holds at most one row of. */
const keysOf: Partial<Record<keyof Rows, (given: never) => unknown[]>> = {
  addPeers: (jid: string) => [jid],
  addAddresses: ({ jid }: { jid: string }) => [jid],
  addChats: ({ peerId }: { peerId: number }) => [peerId],
  savePeers: ({ id: peerId }: { id: number }) => [peerId],
  saveChats: ({ id: chatId }: { id: number }) => [chatId],
  saveMessages: ({ chatId, waId, author }: MessageRow) => [chatId, waId, author.fromMe, author.address],
  saveWaiting: ({ peerId, waId, author }: WaitingRow) => [peerId, waId, author.fromMe, author.address],
  saveSealed: ({ peerId, sender: by, fact: { targetId, carrier } }: Sealed) => [
    peerId,
    targetId,
    carrier.id,
    carrier.fromMe,
    by,
  ],
}

test('no batch saves two rows of one key', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(calls, async (facts) => {
      for (const { operation, given } of await savedOf(...facts)) {
        const keyOf = keysOf[operation]
        if (!keyOf || !Array.isArray(given[0])) continue
        const keys = given[0].map((row) => JSON.stringify(keyOf(row as never)))
        seen.add(operation)
        expect(keys, operation).toHaveLength(new Set(keys).size)
      }
    }),
    { numRuns: 100 },
  )
  expect([...seen].toSorted()).toEqual(Object.keys(keysOf).toSorted())
})
