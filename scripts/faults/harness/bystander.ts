/** A session of another organization on the same gateway that gets messages all the time: faults of others must not affect it. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Call, createCaller } from './caller.ts'
import { readChat } from './stored.ts'
import { until, wait } from './until.ts'
import { makeKey, type SessionBody, type World } from './world.ts'

export interface Bystander {
  readonly sent: number
  /** Milliseconds from sending to receipt of each message, except those that waited for a new process. */
  readonly latencies: readonly number[]
  session(): Promise<SessionBody>
  /** Stops sending. @returns how many of its messages are not stored in the end */
  end(): Promise<number>
}

const everyMs = 100

/** Restarts the gateway, to create the key of the other organization. */
export const openBystander = async (world: World): Promise<Bystander> => {
  await world.gateway.kill('SIGTERM')
  const token = await makeKey(world.database, 'org_others')
  await world.start()
  const { loopback } = world
  const account = loopback.account({ pn: '628111000002', name: 'Other owner' })
  const writer = loopback.account({ pn: '628222000021', name: 'Writer' })
  const call: Call = createCaller({
    url: () => world.gateway.url,
    token,
    onOffence: (words) => void offences.push(words),
  })
  const offences = world.offences as string[]
  const { id } = (await call('POST', '/sessions')).body as SessionBody
  await call('POST', `/sessions/${id}:start`)
  const code = await until('a QR code for the other organization', async () => {
    const { status, body } = await call('GET', `/sessions/${id}/qr`)
    return status === 200 ? (body as { code: string }).code : undefined
  })
  const companion = await account.phone.scanQR(code)
  const session = async () => (await call('GET', `/sessions/${id}`)).body as SessionBody
  await until('it to be connected', async () => ((await session()).status === 'working' ? true : undefined))
  await account.phone.sendHistory({}, companion)

  const latencies: number[] = []
  const waiting = new Map<string, number>()
  const ids: string[] = []
  const stop = loopback.on('receipt', ({ companion: by, messageId }) => {
    const since = waiting.get(messageId)
    if (by !== companion.jid || since === undefined) return
    latencies.push(performance.now() - since)
    waiting.delete(messageId)
  })
  // Messages on their way then have to wait for the next process.
  const stopOffline = loopback.on('offline', (gone) => gone.companion === companion.jid && waiting.clear())
  // A newly linked client waits for its history before it processes anything.
  const first = await writer.phone.send(account.pn, 'canary-text first')
  await loopback.next('receipt', ({ messageId }) => messageId === first, 30_000)
  let isOver = false
  const writing = (async () => {
    while (!isOver) {
      const messageId = `${writer.pn.slice(0, 12)}-${ids.length}`
      ids.push(messageId)
      if (companion.isOnline) waiting.set(messageId, performance.now())
      await writer.phone.send(account.pn, `canary-text ${ids.length}`, { id: messageId })
      await pause(everyMs)
    }
  })()
  const end = async () => {
    isOver = true
    await writing
    const missing = async () => {
      const stored = new Set((await readChat(call, id, writer.pn)).map(({ waMessageId }) => waMessageId))
      return ids.filter((each) => !stored.has(each)).length
    }
    const complete = await wait(async () => ((await missing()) === 0 ? true : undefined), 30_000)
    stop()
    stopOffline()
    return complete ? 0 : missing()
  }
  world.onClose(async () => {
    isOver = true
    await writing
    stop()
    stopOffline()
  })
  return {
    get sent() {
      return ids.length
    },
    latencies,
    session,
    end,
  }
}

/** @returns 0 when there are none */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
