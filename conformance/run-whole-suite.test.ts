/** The whole suite, against tiny servers that are wrong, slow and gone. */
import { describe, expect, test } from 'vitest'
import { allCases } from './cases/index.ts'
import { verdicts } from './result.ts'
import { createRun, listen, right, servers, targetAt } from './test-runs.ts'

describe('the whole suite', () => {
  const bodies: Record<number, string> = {
    200: '{"data":[],"nextCursor":null}',
    201: '{}',
    204: '',
    401: '{"error":{"code":"unauthorized","message":"no"}}',
    403: '{"error":{"code":"forbidden","message":"no"}}',
    404: '{"error":{"code":"not_found","message":"no"}}',
    409: '{"error":{"code":"conflict","message":"no"}}',
    422: '{"error":{"code":"validation_error","message":"no","details":{"errors":[{"path":"/body","message":"no","code":"other"}]}}}',
    501: '{"error":{"code":"not_implemented","message":"no"}}',
  }

  test.for(Object.keys(bodies).map(Number))('passes nothing on a server that always answers %i', async (status) => {
    const url = await listen((_request, response) => {
      response.writeHead(status, {
        'X-Request-Id': 'r',
        'WWW-Authenticate': 'Bearer',
        ...(status !== 204 && { 'Content-Type': 'application/json' }),
      })
      response.end(bodies[status])
    })
    const { footer } = await createRun(targetAt(url), allCases).finish()
    expect(footer.counts.pass).toBe(0)
    expect(footer.exitCode).toBe(1)
  })

  test('passes nothing on a server that always answers the same in other words', async () => {
    let count = 0
    const url = await listen((_request, response) => {
      const body = { error: { code: 'not_found', message: `request ${count++}` } }
      response.writeHead(404, { 'X-Request-Id': 'r', 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    })
    const { footer } = await createRun(targetAt(url), allCases).finish()
    expect(footer.counts).toMatchObject({ pass: 0, warn: 0 })
  })

  test('has one verdict for each case', async () => {
    const { records, footer } = await createRun(targetAt(await listen(right)), allCases).finish()
    expect(records.map(({ id }) => id)).toEqual(allCases.map(({ id }) => id))
    expect(verdicts.reduce((sum, verdict) => sum + footer.counts[verdict], 0)).toBe(allCases.length)
  })

  const unmeasured = async (url: string) => {
    const soon = { limits: { timeoutMs: 300, concurrency: 4 } }
    return (await createRun(targetAt(url, soon), allCases).finish()).footer
  }

  test('cannot measure a server that never answers, and soon says so', async () => {
    let asked = 0
    const footer = await unmeasured(await listen(() => void asked++))
    expect(footer).toMatchObject({ exitCode: 2, outcome: 'not measured', conformance: null, coverage: null })
    expect(footer.counts).toMatchObject({ pass: 0, fail: 0 })
    expect(asked).toBeLessThan(10)
  })

  test('cannot measure a port where nobody listens', async () => {
    const url = await listen(right)
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve))
    expect(await unmeasured(url)).toMatchObject({ exitCode: 2, counts: { pass: 0, fail: 0 } })
  })

  test('cannot measure a server that hangs up, and asks it no more than a few times', async () => {
    let asked = 0
    const url = await listen((request) => {
      asked++
      request.socket.destroy()
    })
    const footer = await unmeasured(url)
    expect(footer).toMatchObject({ exitCode: 2, counts: { pass: 0, fail: 0 } })
    expect(asked).toBeLessThan(10)
  })

  test('cannot measure a server that dies in the middle', async () => {
    let asked = 0
    const url = await listen((request, response) => {
      if (asked++ > 20) request.socket.destroy()
      else right(request, response)
    })
    const footer = await unmeasured(url)
    expect(footer).toMatchObject({ exitCode: 2, conformance: null })
    expect(asked).toBeLessThan(60)
  })

  test('bears a server that sends a byte now and then, for as long as an exchange may take', async () => {
    let asked = 0
    const url = await listen((_request, response) => {
      asked++
      response.writeHead(200, { 'X-Request-Id': 'r', 'Content-Type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 20)
      response.once('close', () => clearInterval(drip))
    })
    const footer = await unmeasured(url)
    expect(footer.exitCode).toBe(2)
    expect(asked).toBeLessThan(10)
  })
})
