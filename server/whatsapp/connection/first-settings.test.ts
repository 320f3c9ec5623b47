import { beforeEach, describe, expect, test } from 'vitest'
import type { Loopback, MediaFault } from '../../../loopback/index.ts'
import type { Fact, MessageFact } from '../../model/facts.ts'
import { inWorlds, type Life, type World } from '../test-world.ts'

let wa: Loopback
let world: World
let kinds: string[]

inWorlds((...made) => {
  ;[wa, world] = made
})

beforeEach(() => {
  kinds = []
})

type ChatFact = Extract<Fact, { kind: 'chat' }>

const begin = async () => {
  const life = world.begin({}, { onUnreadable: (kind) => kinds.push(kind) })
  await life.event('open')
  return life
}

const goesOn = async (life: Life, body: string) => {
  await world.contact.phone.send(world.account.pn, body)
  await life.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.body === body)
  expect(life.events.filter(({ type }) => type === 'closed')).toEqual([])
}

const isPinned = (fact: Fact): fact is ChatFact => fact.kind === 'chat' && fact.pinned === true

/** What the phone has set before the client was linked, on the media host: a snapshot, and a change after it. */
const preset = async () => {
  const { phone } = world.account
  await phone.changeSetting(world.contact.pn, { pin: true })
  phone.snapshotSettings('regular_low')
  await phone.changeSetting(world.contact.pn, { archive: true, lastMessages: [] }, { blob: true })
  await phone.shareSettingsKey()
}

/** One that fails may have gone to either of the two files. */
const asked = () => wa.next('download')

describe('a newly linked account', () => {
  test('has its settings read once, from a snapshot and from changes', async () => {
    await preset()
    const life = await begin()
    expect(await life.fact(isPinned)).toMatchObject({ jid: world.contact.pn })
    expect(await life.fact((fact): fact is ChatFact => fact.kind === 'chat' && fact.archived === true)).toMatchObject({
      jid: world.contact.pn,
    })
    await goesOn(life, 'one')
    await life.client.close()
    const { downloads } = wa.stats
    const next = await begin()
    await goesOn(next, 'two')
    expect(wa.stats.downloads).toBe(downloads)
    expect(kinds).toEqual([])
  })

  const passing: MediaFault[] = ['reset', 'close', 'false-gzip', 'gzip', 500]

  test.each(passing)('has them read by a later connection, when there was only %j', async (fault) => {
    await preset()
    wa.faults.onMedia(() => true, fault)
    const life = await begin()
    await asked()
    await goesOn(life, 'one')
    await life.client.close()
    wa.faults.clear()
    const next = await begin()
    await next.fact(isPinned)
    await goesOn(next, 'two')
    expect(kinds).toEqual([])
  })

  test.each([404, 'endless', 'long'] as MediaFault[])(
    'goes on without those that there are none of: %j',
    async (fault) => {
      await preset()
      wa.faults.onMedia(() => true, fault)
      const life = await begin()
      await asked()
      await goesOn(life, 'one')
      await world.account.phone.changeSetting('6285550009999@s.whatsapp.net', { mute: 2_000_000_000_000 })
      await life.fact((fact): fact is ChatFact => fact.kind === 'chat' && 'mutedUntil' in fact)
      expect(new Set(kinds)).toEqual(new Set(['settings']))
      expect(life.events.filter(({ type }) => type === 'closed')).toEqual([])
    },
  )

  test.each(['garbage', 'corrupt', 'short'] as MediaFault[])('is not harmed by %j', async (fault) => {
    await preset()
    wa.faults.onMedia(() => true, fault)
    const life = await begin()
    await asked()
    await goesOn(life, 'one')
    await life.client.close()
    await goesOn(await begin(), 'two')
  })
})
