/**
 * `node reader.ts URL TOKEN PATH RATE`: requests a page at a fixed rate, in a separate process so that nothing else delays it. For each
 * line on stdin it prints the measurements since the previous one as JSON; times count from when each request was due.
 */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'

const [base = '', token = '', path = '', rate = '100'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 32 })
const everyMs = 1_000 / Number(rate)
let times: number[] = []
let failures = 0

const ask = (due: number) => {
  const outgoing = request(base + path, { agent, headers: { Authorization: `Bearer ${token}` } }, (response) => {
    response.resume()
    response.once('end', () => {
      if (response.statusCode === 200) times.push(performance.now() - due)
      else failures += 1
    })
  })
  outgoing.once('error', () => {
    failures += 1
  })
  outgoing.end()
}

let next = performance.now()
const timer = setInterval(() => {
  for (; next <= performance.now(); next += everyMs) ask(next)
}, 2)

const quantile = (sorted: number[], part: number) => sorted[Math.floor(sorted.length * part)] ?? Number.NaN

const lines = createInterface({ input: process.stdin })
lines.on('line', () => {
  const sorted = times.sort((a, b) => a - b)
  console.log(
    JSON.stringify({ count: sorted.length, failures, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }),
  )
  times = []
  failures = 0
})
await once(lines, 'close')
clearInterval(timer)
agent.destroy()
