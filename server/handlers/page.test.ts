import { describe, expect, test } from 'vitest'
import { listBody } from './page.ts'

const dataOf = (text: string) => {
  const data = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  data.write(text)
  return data
}

describe('the body of a list', () => {
  test.for([
    [undefined, null],
    ['AQID-_', 'AQID-_'],
  ] as const)('has the rows and the next cursor: %s', ([cursor, nextCursor]) => {
    const rows = [{ body: 'ok' }, { body: '🙏 é' }]
    const body = listBody({ data: dataOf(JSON.stringify(rows)) }, cursor)
    expect(JSON.parse(body.toString())).toEqual({ data: rows, nextCursor })
  })

  test('frees the rows, and can be freed itself', () => {
    const data = dataOf('[]')
    const body = listBody({ data }, undefined)
    expect([data.length, body.length === body.buffer.byteLength]).toEqual([0, true])
  })
})
