import type { MediaFault } from '../../loopback/faults.ts'
import type { Fault, FaultRun } from './fault.ts'
import { newId } from './harness/stanza.ts'
import { readChat } from './harness/stored.ts'
import { canary } from './harness/traffic.ts'
import { wait } from './harness/until.ts'
import type { World } from './harness/world.ts'
import { journaled, wrongWith } from './strange/send.ts'

/** Temporary faults: a later download succeeds. */
const passing: MediaFault[] = ['reset', 'close', 'gzip', 'drip', 'stall', 'silent', 500, 503]
/** Permanent faults: gone, forbidden, or not authentic; given up in the end. */
const lasting: MediaFault[] = [
  404,
  410,
  { redirect: 'http://127.0.0.1:9/' },
  'long',
  'endless',
  'garbage',
  'corrupt',
  'short',
  'false-gzip',
]

export const brokenDownloads: Fault = {
  id: 'F52',
  name: 'downloads of history and settings that go wrong',
  injection: `the media host breaks off, closes, gives garbage, too little, gzip, a byte at a time, nothing, more than it says, no end, 404, 410, 500, 503 or another address for a history and for settings; live, then with the journal giving the history back after a dropped connection, a kill -9 and a clean stop in turn`,
  promise:
    'the process lives, the session works within 30 s each time and its messages go on; a history that the host gives after trouble that passes is stored in the end, once',
  async run(run) {
    const { quick, random, open, say, figure, check } = run
    const world = await open({ unreadable: true })
    const env = { WHATSAPP_MEDIA_URL: world.loopback.mediaUrl }
    await world.gateway.kill('SIGTERM')
    await world.start({ env })
    await world.owner.phone.shareSettingsKey()
    const wanted = quick
      ? [...random.shuffle(passing).slice(0, 2), ...random.shuffle(lasting).slice(0, 2)]
      : [...passing, ...lasting]
    let imported = 0
    for (const [index, fault] of wanted.entries()) {
      const name = typeof fault === 'object' ? 'redirect' : String(fault)
      const heal = world.loopback.faults.onMedia(() => true, fault)
      const history = await sendHistory(world, index)
      await world.owner.phone.changeSetting(history.chat, { pin: true }, { blob: true })
      const live = await wrongWith(world)
      check(live === undefined, `the session goes on, live, with ${name}: ${live}`)
      for (const how of quick ? (['SIGKILL'] as const) : (['drop', 'SIGKILL', 'SIGTERM'] as const)) {
        if (how === 'drop') world.companion.drop()
        else await restart(world, how, env, run)
        const wrong = await wrongWith(world)
        check(wrong === undefined, `the session works after ${how} with ${name}: ${wrong}`)
      }
      heal()
      await restart(world, 'SIGTERM', env, run)
      const passes = passing.includes(fault)
      const shown = await stored(world, history)
      if (shown === 1) imported += 1
      check(
        shown === 1 || (shown === 0 && !passes),
        `what the host gives after ${name} is stored ${passes ? '' : 'at most '}once: ${shown} times`,
      )
      say(`${name}: stored ${shown} times`)
    }
    figure('ways to break', wanted.length)
    figure('starts', world.gateways.length)
    figure('histories stored in the end', imported)
  },
}

interface Sent {
  chat: string
  id: string
}

/** With one message of a person who writes nothing else. */
const sendHistory = async ({ loopback, owner, companion }: World, index: number): Promise<Sent> => {
  const { pn } = loopback.account({ pn: `6285200000${String(index).padStart(2, '0')}`, name: `Old friend ${index}` })
  const id = newId()
  const messages = [{ id, at: Date.now() - 86_400_000, content: `${canary} of before` }]
  await owner.phone.sendHistory({ type: 'recent', chats: [{ jid: pn, messages }] }, companion, { blob: true })
  return { chat: pn, id }
}

/** How often the message is listed once the journal has no entry of it. */
const stored = async (world: World, { chat, id }: Sent): Promise<number> => {
  await wait(async () => ((await journaled(world)) === 0 ? true : undefined), 60_000)
  const messages = await readChat(world.call, world.sessionId, chat)
  return messages.filter(({ waMessageId }) => waMessageId === id).length
}

const restart = async (world: World, how: 'SIGKILL' | 'SIGTERM', env: Record<string, string>, { check }: FaultRun) => {
  const code = await world.gateway.kill(how)
  check(how === 'SIGKILL' || code === 0, `it stops with 0: ${code}`)
  await world.start({ offline: true, env })
}
