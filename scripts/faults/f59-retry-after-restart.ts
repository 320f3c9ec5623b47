import type { Fault } from './fault.ts'
import { kindsOfChats, Phones } from './harness/receivers.ts'
import { sendWell } from './harness/sending.ts'
import { wait } from './harness/until.ts'
import type { World } from './harness/world.ts'

const kinds = Object.keys(kindsOfChats)

export const retryAfterRestart: Fault = {
  id: 'F59',
  name: 'a receiver asks again after a restart',
  injection: `a phone cannot read a message, once to four times, and asks for it again; SIGKILL the moment it asks, before the gateway has answered; for ${kinds.length} kinds of receivers`,
  promise: 'the next process answers from what is stored: the phone shows the message once',
  async run({ quick, random, open, figure, check }) {
    const world = await open({ shim: true })
    const phones = new Phones(world.loopback)
    const all = kinds.flatMap((kind) => [1, 2, 4].map((times) => ({ kind, times })))
    const runs = quick ? [random.pick(all.filter(({ times }) => times < 4))] : all
    const wrong: string[] = []
    let requests = 0
    for (const [index, { kind, times }] of runs.entries()) {
      const chat = kindsOfChats[kind]?.(world, index)
      const [receiver] = chat?.receivers ?? []
      if (chat === undefined || receiver === undefined) continue
      const text = `unreadable ${index}`
      const end = world.loopback.faults.onArrival((phone) => phone === receiver.pn, times)
      const stop = world.loopback.on('unreadable', ({ phone }) => {
        if (phone !== receiver.pn) return
        requests += 1
        if (world.gateway.isAlive) world.gateway.signal('SIGKILL')
      })
      const message = { type: 'text', to: chat.jid, text }
      await world.call('POST', `/sessions/${world.sessionId}/messages`, message).catch(() => {})
      await wait(async () => {
        if (!world.gateway.isAlive) await restart(world)
        return (await phones.countOf(receiver, text, false)) > 0 || undefined
      }, showMs)
      const shown = await phones.countOf(receiver, text, false)
      if (shown !== 1) wrong.push(`${kind}, ${times} times: ${shown}`)
      end()
      stop()
      await sendWell(world, chat, `next ${index}`)
      const next = await phones.countOf(receiver, `next ${index}`, true)
      if (next !== 1) wrong.push(`${kind}, ${times} times, the next one: ${next}`)
    }
    figure('messages', runs.length)
    figure('requests', requests)
    check(wrong.length === 0, `who asks gets it: ${wrong.slice(0, 5).join('; ')}`)
  },
}

/** Four requests and as many restarts, on a busy machine too. */
const showMs = 240_000

const restart = async (world: World) => {
  await world.kill()
  await world.start({ offline: true })
  await world.online()
}
