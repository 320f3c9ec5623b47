import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import { listenToKeys } from './keys.ts'

test('keys do what they say, other keys nothing, and q and Ctrl-C end', async () => {
  const terminal = Object.assign(new EventEmitter(), { setRawMode: () => undefined, setEncoding: () => undefined })
  const heard = new EventEmitter()
  const lines: string[] = []
  let ended = 0
  listenToKeys(
    terminal,
    {
      scan: async () => Promise.reject(new Error('no session shows a QR code')),
      message: async () => 'a message has come',
      react: async () => 'reacted',
      edit: async () => 'edited',
      refuse: async () => 'will be refused',
      misread: async () => 'will be unreadable',
      drop: async () => 'dropped',
    },
    {
      say: (line) => {
        lines.push(line)
        heard.emit('line')
      },
      end: () => {
        ended += 1
      },
    },
  )
  for (const [key, said] of [
    ['m', 'a message has come'],
    ['r', 'reacted'],
    ['e', 'edited'],
    ['x', 'will be refused'],
    ['u', 'will be unreadable'],
    ['zd', 'dropped'],
    ['s', 'no session shows a QR code'],
  ]) {
    const line = once(heard, 'line')
    terminal.emit('data', key)
    await line
    expect(lines.at(-1)).toBe(said)
  }
  terminal.emit('data', 'q\u0003')
  expect(ended).toBe(2)
  expect(lines).toHaveLength(7)
})
