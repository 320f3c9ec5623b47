import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLoginLimit, type LoginLimit, type LoginMember, type LoginSlot } from './login-limit.ts'

const max = 2
let limit: LoginLimit
let granted: string[]

const restart = (options: Partial<Parameters<typeof createLoginLimit>[0]> = {}) => {
  granted = []
  limit = createLoginLimit({ max, gapMs: 100, holdMs: 30_000, random: () => 0.5, ...options })
}

beforeEach(() => {
  vi.useFakeTimers()
  restart()
})
afterEach(() => vi.useRealTimers())

const enterAs = (member: LoginMember, name: string, urgent = false): LoginSlot => {
  const slot = member.enter(urgent)
  void slot.granted.then(() => granted.push(name))
  return slot
}
/** A session of its own. */
const enter = (name: string, urgent = false, organization = 'org_1') => enterAs(limit.join(organization), name, urgent)
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('the first comes at once, the next after the gap, the third when one leaves', async () => {
  const a = enter('a')
  enter('b')
  enter('c')
  await pass(0)
  expect(granted).toEqual(['a'])
  await pass(100)
  expect(granted).toEqual(['a', 'b'])
  await pass(1_000)
  expect(granted).toEqual(['a', 'b'])
  a.leave()
  await pass(0)
  expect(granted).toEqual(['a', 'b', 'c'])
})

test('leaving twice frees one place', async () => {
  const a = enter('a')
  for (const name of ['b', 'c', 'd']) enter(name)
  await pass(100)
  a.leave()
  a.leave()
  await pass(1_000)
  expect(granted).toEqual(['a', 'b', 'c'])
})

test('who leaves while waiting is not granted any more, and takes no place', async () => {
  enter('a')
  const b = enter('b')
  enter('c')
  b.leave()
  await pass(1_000)
  expect(granted).toEqual(['a', 'c'])
})

test('a place that nobody gives back is free after thirty seconds', async () => {
  const a = enter('a')
  enter('b')
  enter('c')
  await pass(30_000)
  expect(granted).toEqual(['a', 'b', 'c'])
  // It was taken away already: this frees nothing.
  a.leave()
  enter('d')
  await pass(50)
  expect(granted).toEqual(['a', 'b', 'c'])
})

describe('those that a person waits for', () => {
  test('come first, in their order, and leave one place to the others', async () => {
    enter('a')
    enter('b')
    enter('c', true)
    enter('d', true)
    await pass(29_000)
    expect(granted).toEqual(['a', 'c'])
    await pass(2_000)
    expect(granted).toEqual(['a', 'c', 'b', 'd'])
  })

  test('do not take the place of the others, though nobody else is there yet', async () => {
    enter('u1', true)
    enter('u2', true)
    await pass(10_000)
    expect(granted).toEqual(['u1'])
    enter('a')
    await pass(0)
    expect(granted).toEqual(['u1', 'a'])
  })

  test('leave every third turn to the others', async () => {
    restart({ max: 100 })
    for (let n = 1; n <= 6; n += 1) enter(`u${n}`, true)
    for (const name of ['a', 'b', 'c']) enter(name)
    await pass(2_000)
    // The first came before anybody else was there.
    expect(granted).toEqual(['u1', 'u2', 'u3', 'a', 'u4', 'u5', 'b', 'u6', 'c'])
  })

  test('wait for their time when one session is asked for again and again', async () => {
    restart({ urgentGapMs: 2_000, urgentBurst: 3 })
    const member = limit.join('org_1')
    for (let ms = 0; ms < 10_000; ms += 100) {
      enterAs(member, `at ${ms}`, true)
      await pass(100)
    }
    expect(granted.length).toBeLessThanOrEqual(3 + 10_000 / 2_000)
    expect(granted.length).toBeGreaterThanOrEqual(10_000 / 2_000)
  })
})

test('a session waits with one login: the next takes the place of the one before', async () => {
  restart({ max: 1 })
  const first = enter('first')
  const member = limit.join('org_1')
  enterAs(member, 'before')
  const urgent = enterAs(member, 'urgent', true)
  enterAs(member, 'after')
  first.leave()
  await pass(60_000)
  expect(granted).toEqual(['first', 'after'])
  urgent.leave()
  await pass(60_000)
  expect(granted).toEqual(['first', 'after'])
})

describe('turns', () => {
  test('are taken by organizations, however many sessions one has waiting', async () => {
    restart({ max: 100 })
    for (let n = 1; n <= 4; n += 1) enter(`a${n}`, false, 'org_a')
    for (let n = 1; n <= 2; n += 1) enter(`b${n}`, false, 'org_b')
    enter('c1', false, 'org_c')
    await pass(2_000)
    expect(granted).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  })

  test('of one organization go to the session that has waited longest for a turn', async () => {
    restart({ max: 1 })
    const [busy, calm] = [limit.join('org_1'), limit.join('org_1')]
    const first = enterAs(busy, 'busy')
    await pass(1_000)
    enterAs(calm, 'calm')
    await pass(0)
    first.leave()
    enterAs(busy, 'busy again')
    await pass(29_000)
    expect(granted).toEqual(['busy', 'calm'])
  })
})

/** What sessions of some organizations do, in an order that nobody chose. */
const organizations = ['org_a', 'org_b', 'org_c'] as const
const someMember = fc.nat({ max: 8 })
const command = fc.oneof(
  fc.record({ do: fc.constant('enter' as const), member: someMember, urgent: fc.boolean() }),
  fc.record({ do: fc.constant('leave' as const), member: someMember }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 400 }) }),
)

/** Nine sessions, three of each organization, each with its latest slot and those before it. */
const crowd = () => {
  const inside = new Set<number>()
  let most = 0
  const members = Array.from({ length: 9 }, (_, id) => {
    const member = limit.join(organizations[id % 3] ?? 'org_a')
    let slots: LoginSlot[] = []
    let isWaiting = false
    return {
      id,
      get isWaiting() {
        return isWaiting
      },
      enter(urgent: boolean) {
        for (const slot of slots) slot.leave()
        inside.delete(id)
        const slot = member.enter(urgent)
        slots.push(slot)
        isWaiting = true
        void slot.granted.then(() => {
          inside.add(id)
          most = Math.max(most, inside.size)
          isWaiting = false
          granted.push(organizations[id % 3] ?? '')
        })
      },
      /** Those of before, too: in whatever state they are. */
      leave() {
        for (const slot of slots) slot.leave()
        slots = []
        inside.delete(id)
        isWaiting = false
      },
    }
  })
  return { members, inside, most: () => most }
}

test('whatever sessions do: never more than the places, and no place is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (commands, places) => {
      restart({ max: places, holdMs: 1_000_000_000, urgentGapMs: 300, urgentBurst: 2 })
      const { members, most, inside } = crowd()
      for (const step of commands) {
        if (step.do === 'pass') await pass(step.ms)
        else if (step.do === 'enter') members[step.member]?.enter(step.urgent)
        else members[step.member]?.leave()
        await pass(0)
      }
      expect(most()).toBeLessThanOrEqual(places)
      // Everybody who is in goes; everybody who waits must come in, goes, and makes room for the next.
      for (let n = 0; n < 100; n += 1) {
        for (const id of [...inside]) members[id]?.leave()
        await pass(200)
      }
      expect(members.filter(({ isWaiting }) => isWaiting).map(({ id }) => id)).toEqual([])
      // All places are there again.
      granted = []
      for (const member of members.slice(0, places)) member.enter(false)
      await pass(1_000)
      expect(granted).toHaveLength(places)
      for (const member of members) member.leave()
    }),
    { numRuns: 200 },
  )
})

test.each([
  // Of three turns at least one; of those, one in three organizations.
  { urgent: false, most: 9 },
  // Of three turns at least two.
  { urgent: true, most: 5 },
])('whatever others do: a session with urgent = $urgent waits for at most $most turns', async ({ urgent, most }) => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (commands, places) => {
      restart({ max: places, holdMs: 250, urgentGapMs: 0 })
      const { members } = crowd()
      const { promise: got, resolve } = Promise.withResolvers<number>()
      // One session of `org_b`, which does nothing else; the whole crowd waits before it.
      for (const member of members) if (member.id % 3 !== 1) member.enter(member.id % 2 === 0)
      await pass(0)
      const before = granted.length
      void limit
        .join('org_b')
        .enter(urgent)
        .granted.then(() => resolve(granted.length - before))
      // Again and again, until it is its turn: everybody who had one comes back at once.
      let turns: number | undefined
      void got.then((count) => {
        turns = count
      })
      for (let n = 0; turns === undefined && n < 400; n += 1) {
        const step = commands[n % Math.max(1, commands.length)]
        if (step?.do === 'enter' && step.member % 3 !== 1) members[step.member]?.enter(step.urgent)
        if (step?.do === 'leave' && step.member % 3 !== 1) members[step.member]?.leave()
        for (const member of members) if (member.id % 3 !== 1 && !member.isWaiting) member.enter(member.id % 2 === 0)
        await pass(20 + (step?.do === 'pass' ? step.ms : 0))
      }
      expect(turns).toBeLessThanOrEqual(most)
      for (const member of members) member.leave()
      await pass(2_000)
    }),
    { numRuns: 100 },
  )
})
