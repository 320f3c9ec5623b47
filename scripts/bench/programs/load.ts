/** Drives an HTTP server on loopback from another processor. */
import { type Client, type HttpRequest, openClient, requestText } from '../http-client.ts'
import { answerWith } from '../process.ts'
import { percentile } from '../statistics.ts'

export interface LoadOrder extends HttpRequest {
  /** The only status that counts. */
  expect: number
  connections: number
  /** Less when it is told to stop before. */
  ms: number
  /** Requests per second, sent whether or not the server keeps up. Absent: each connection sends as soon as it may. */
  rate?: number
}

export interface Loaded {
  requests: number
  /** Per second. */
  rate: number
  p50Ms: number
  p99Ms: number
}

let stopped = false

const load = async (order: LoadOrder): Promise<Loaded> => {
  stopped = false
  const request = requestText(order)
  const clients = await Promise.all(Array.from({ length: order.connections }, () => openClient(order.port)))
  const times: number[] = []
  const started = performance.now()
  const end = started + order.ms

  const ask = async (client: Client, from: number) => {
    const status = await client.send(request)
    if (status !== order.expect)
      throw new Error(`${order.method} ${order.path} answered ${status}, not ${order.expect}`)
    times.push(performance.now() - from)
  }

  const asFastAsItGoes = async (client: Client) => {
    for (let now = performance.now(); now < end && !stopped; now = performance.now()) await ask(client, now)
  }

  // Each request's time counts from when it was due: a server that stalls can't hide the requests it kept from being sent.
  const atRate = async (rate: number) => {
    const idle = [...clients]
    const due: number[] = []
    const running = new Set<Promise<void>>()
    let failure: unknown
    const next = () => {
      for (let from = due[0]; from !== undefined && failure === undefined; from = due[0]) {
        const client = idle.pop()
        if (client === undefined) return
        due.shift()
        const asked = ask(client, from)
          .then(() => {
            idle.push(client)
            next()
          })
          .catch((error: unknown) => {
            failure = error
          })
          .finally(() => running.delete(asked))
        running.add(asked)
      }
    }
    for (let count = 0; ; ) {
      const now = performance.now()
      if (now >= end || stopped || failure !== undefined) break
      for (; started + (count * 1000) / rate <= now; count++) due.push(started + (count * 1000) / rate)
      next()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    while (running.size > 0) await Promise.all(running)
    if (failure !== undefined) throw failure
  }

  try {
    if (order.rate === undefined) await Promise.all(clients.map(asFastAsItGoes))
    else await atRate(order.rate)
  } finally {
    for (const client of clients) client.close()
  }
  return {
    requests: times.length,
    rate: (times.length * 1000) / (performance.now() - started),
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  }
}

const answers = {
  load,
  stop: () => {
    stopped = true
  },
}
export type LoadProgram = typeof answers

answerWith(answers)
