import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { startReader } from './harness/reading.ts'
import type { World } from './harness/world.ts'

type Kind = 'headers' | 'body' | 'reading'

/** How long each may keep its connection. */
const promisedMs: Record<Kind, number> = { headers: 15_000, body: 40_000, reading: 100_000 }
const othersMs = 1_000

export const slowClients: Fault = {
  id: 'F45',
  name: 'a thousand slow clients',
  injection:
    'clients that send a header byte by byte, a body byte by byte, or never read the answer, 1,000 in all; others go on',
  promise:
    'slow headers are closed in under 15 s, slow bodies in under 40 s, those who do not read in under 100 s; the others are all served, p99 under 1 s while the gateway makes answers that nobody reads',
  async run({ quick, open, say, figure, check, inTime }) {
    const each = quick ? 20 : 334
    const kinds: Kind[] = quick ? ['headers'] : ['headers', 'body', 'reading']
    const world = await open()
    const [chat] = world.traffic.contacts
    for (let n = 0; n < 200; n += 1) await world.traffic.direct(chat, { plain: true })
    await world.caughtUp()
    const reader = startReader(world, `/sessions/${world.sessionId}/chats/${chat.pn}/messages?limit=20`, 50)
    await pause(1_000)
    await reader.take()
    await pause(2_000)
    const idle = await reader.take()
    const clients = kinds.flatMap((kind) => Array.from({ length: each }, () => slowClient(world, kind, chat.pn)))
    say(`${clients.length} slow clients`)
    const ends = await Promise.all(clients)
    const during = await reader.take()
    for (const kind of kinds) {
      const times = ends.filter((end) => end.kind === kind).map(({ ms }) => ms)
      const slowest = Math.max(...times)
      check(inTime(slowest, promisedMs[kind]), `slow ${kind}: closed after ${(slowest / 1_000).toFixed(1)} s at most`)
      figure(`slow ${kind}: closed after`, `${(slowest / 1_000).toFixed(1)} s`)
    }
    check(during.failures === 0, `the others are served: ${during.failures} failures`)
    check(inTime(during.p99, othersMs), `in time: p99 ${during.p99.toFixed(1)} ms, idle ${idle.p99.toFixed(1)} ms`)
    figure('clients', clients.length)
    figure('others p99', `${during.p99.toFixed(1)} ms, idle ${idle.p99.toFixed(1)} ms`)
  },
}

/** Resolves when the gateway has closed it. */
const slowClient = ({ gateway, sessionId, token }: World, kind: Kind, cid: string) =>
  new Promise<{ kind: Kind; ms: number }>((resolve) => {
    const { hostname, port, pathname } = new URL(gateway.url)
    const began = performance.now()
    const socket = connect({ host: hostname, port: Number(port) })
    const path = `${pathname}/sessions/${sessionId}/chats/${cid}`
    const head = `Host: ${hostname}\r\nAuthorization: Bearer ${token}\r\n`
    let timer: NodeJS.Timeout | undefined
    const drip = (text: string) => {
      timer = setInterval(() => socket.write(text), 500)
    }
    socket.once('connect', () => {
      if (kind === 'headers') {
        socket.write(`GET ${path}/messages HTTP/1.1\r\n${head}X-Slow: `)
        drip('a')
      } else if (kind === 'body') {
        socket.write(
          `PUT ${path}/presence HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
        )
        drip(' ')
      } else {
        socket.pause()
        // More answers than fit into the buffers between the two.
        socket.write(`GET ${path}/messages?limit=200 HTTP/1.1\r\n${head}\r\n`.repeat(200))
      }
    })
    const end = () => {
      clearInterval(timer)
      socket.destroy()
      resolve({ kind, ms: performance.now() - began })
    }
    socket.once('close', end)
    socket.once('error', end)
    socket.once('end', end)
    if (kind === 'reading') {
      // A client that does not read does not notice the end, so it writes.
      timer = setInterval(() => socket.write('\r\n'), 1_000)
    }
  })
