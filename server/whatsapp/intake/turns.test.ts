import type { BinaryNode } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createStanzaQueue } from './stanza-queue.ts'
import { createTurns, type InTurn } from './turns.ts'

const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve))

/** A session whose messages the library takes a few turns of the event loop for. */
const source = (name: string, inTurn: InTurn, served: string[]) => {
  const queue = createStanzaQueue({
    inTurn,
    async pass({ attrs }) {
      served.push(`${name} ${attrs.id}`)
      for (let n = 0; n < 3; n += 1) await turnOfTheLoop()
    },
    journal: async (stanza) => stanza,
    onWaiting: () => {},
  })
  const content = [{ tag: 'enc', attrs: {}, content: Buffer.of(1) }]
  return (id: number): Promise<void> => queue.push({ tag: 'message', attrs: { id: `${id}` }, content } as BinaryNode)
}

test.each([1, 8, 32])(
  'one session has very much to do, 50 have little: each is served once in a round (%d at a time)',
  async (most) => {
    const served: string[] = []
    const inTurn = createTurns({ most })
    const flood = source('flood', inTurn, served)
    const others = Array.from({ length: 50 }, (_, n) => source(`s${n}`, inTurn, served))
    const flooded = Array.from({ length: 100 }, (_, n) => flood(n))
    for (let round = 0; round < 3; round += 1) {
      const before = served.length
      await Promise.all(others.map((push) => push(round)))
      // From when they came until they were all done nobody was served a third time: the flood once more than each of them.
      const inRound = served.slice(before)
      for (let n = 0; n < 50; n += 1)
        expect(inRound.filter((one) => one.startsWith(`s${n} `))).toEqual([`s${n} ${round}`])
      expect(inRound.length - 50).toBeLessThanOrEqual(3 + Math.ceil(50 / most))
    }
    await Promise.all(flooded)
    expect(served.filter((one) => one.startsWith('flood'))).toEqual(Array.from({ length: 100 }, (_, n) => `flood ${n}`))
  },
)

test('there is work for so many at a time, and for no more', async () => {
  const inTurn = createTurns({ most: 3 })
  let now = 0
  let most = 0
  const work = async () => {
    now += 1
    most = Math.max(most, now)
    await turnOfTheLoop()
    now -= 1
  }
  await Promise.all(Array.from({ length: 20 }, () => inTurn(work)))
  expect([now, most]).toEqual([0, 3])
})

test('an error ends a turn, and reaches its caller', async () => {
  const inTurn = createTurns({ most: 1 })
  const failed = inTurn(() => Promise.reject(new Error('broken')))
  const next = inTurn(async () => 'next')
  await expect(failed).rejects.toThrow('broken')
  expect(await next).toBe('next')
})

test('a session that waits for an answer keeps its turn for a second, and no other session loses one', async () => {
  vi.useFakeTimers()
  const inTurn = createTurns({ most: 1 })
  const answer = Promise.withResolvers<string>()
  const slow = inTurn(() => answer.promise)
  const begun: number[] = []
  const pending = Array.from({ length: 3 }, (_, n) =>
    inTurn(async () => {
      begun.push(n)
      await answer.promise
    }),
  )
  await vi.advanceTimersByTimeAsync(999)
  expect(begun).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(begun).toEqual([0])
  answer.resolve('done')
  expect(await slow).toBe('done')
  await Promise.all(pending)
  expect(begun).toEqual([0, 1, 2])
})

beforeEach(() => void vi.useRealTimers())
afterEach(() => void vi.useRealTimers())
