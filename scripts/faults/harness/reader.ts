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
/** How many failures are shown on stderr between two lines. */
const mostReasons = 5
let times: number[] = []
let failures = 0

const failed = (reason: string) => {
  failures += 1
  if (failures <= mostReasons) console.error(`GET ${path} failed: ${reason}`)
}

const ask = (due: number, isAgain = false) => {
  const outgoing = request(base + path, { agent, headers: { Authorization: `Bearer ${token}` } }, (response) => {
    response.resume()
    response.once('end', () => {
      if (response.statusCode === 200) times.push(performance.now() - due)
      else failed(String(response.statusCode))
    })
  })
  outgoing.once('error', (error: NodeJS.ErrnoException) => {
    // An idle connection may be closed by the server in the moment in which it is used again.
    if (outgoing.reusedSocket && error.code === 'ECONNRESET' && !isAgain) ask(due, true)
    else failed(error.message)
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
