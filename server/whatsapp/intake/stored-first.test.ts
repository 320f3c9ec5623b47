/** What WhatsApp tells besides messages, when the process ends before or after it is stored. */
import { expect, test, vi } from 'vitest'
import { type BinaryNode, node } from '../../../loopback/wire/nodes.ts'
import type { Fact } from '../../model/facts.ts'
import { inWorlds, type Moment, type World } from '../test-world.ts'

let world: World
inWorlds(
  (_, made) => {
    world = made
  },
  { shared: true },
)

const storesNotice = ({ call, args }: Moment) =>
  call === 'ingest' && Array.isArray(args[1]) && args[1].some((fact: Fact) => fact.kind === 'notice')

const group = '120363000000000777@g.us'
const budi = '6285550000001@s.whatsapp.net'
const now = () => String(Math.floor(Date.now() / 1_000))

const stanzas: [string, (id: string) => BinaryNode][] = [
  [
    'group.update',
    (id) =>
      node('notification', { type: 'w:gp2', id, from: group, t: now(), participant: budi }, [
        node('subject', { subject: id }),
      ]),
  ],
  [
    'call.incoming',
    (id) => node('call', { from: budi, id, t: now() }, [node('offer', { 'call-id': id, 'call-creator': budi })]),
  ],
]

test.each(
  stanzas.flatMap(([event, stanza]) => (['before', 'after'] as const).map((when) => ({ event, stanza, when }))),
)('$event: the process ends $when the commit, and it is told once', async ({ event, stanza, when }) => {
  const id = `${event}-${when}`
  const life = world.begin({ diesAt: (moment) => moment.when === when && storesNotice(moment) })
  await life.event('open')
  world.companion.deliver(stanza(id))
  await life.dead
  expect(world.companion.queue.size).toBe(1)

  const next = world.begin()
  await next.event('open')
  await vi.waitFor(() => expect(world.companion.queue.size).toBe(0), 20_000)
  await next.client.close()
  const { events } = await world.store.readEvents('org_1', {
    after: 0,
    limit: 100,
    events: ['group.update', 'call.incoming'],
  })
  expect(events.filter(({ payload }) => payload.includes(id))).toMatchObject([{ event }])
})
