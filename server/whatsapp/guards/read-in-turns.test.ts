import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type InTurns, readInTurns } from './read-in-turns.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A socket that says when it is left alone. */
const silent = ({ isPaused = false } = {}) => {
  const said: string[] = []
  const _socket = { pause: () => said.push('pause'), resume: () => said.push('resume') }
  const ws: InTurns = Object.assign(new EventEmitter(), { socket: { isPaused, _socket } })
  readInTurns(ws)
  return { said, hear: (frames: number) => Array.from({ length: frames }, () => ws.emit('message', Buffer.of(1))) }
}

test('a connection on which little arrives is read without a pause', async () => {
  const { said, hear } = silent()
  for (let turn = 0; turn < 3; turn += 1) {
    hear(63)
    await nextTurn()
  }
  expect(said).toEqual([])
})

test('one on which much arrives is paused until its next turn, each time', async () => {
  const { said, hear } = silent()
  for (let turn = 0; turn < 2; turn += 1) {
    hear(500)
    expect(said.splice(0)).toEqual(['pause'])
    await nextTurn()
    expect(said.splice(0)).toEqual(['resume'])
  }
})

test('one that somebody else has paused stays so', async () => {
  const { said, hear } = silent({ isPaused: true })
  hear(64)
  await nextTurn()
  expect(said).toEqual(['pause'])
})

test('all that arrives on a real one is read, and others get a turn in between', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  closers.push(() => server.close())
  await once(server, 'listening')
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  closers.push(() => socket.terminate())
  const [[other]] = await Promise.all([once(server, 'connection'), once(socket, 'open')])
  const ws = Object.assign(new EventEmitter(), { socket })
  socket.on('message', (frame) => ws.emit('message', frame))
  readInTurns(ws as EventEmitter as InTurns)
  const { _socket } = socket as unknown as { _socket: { pause(): unknown } }
  const pauses = vi.spyOn(_socket, 'pause')

  const heard: string[] = []
  const last = new Promise<void>((resolve) => {
    ws.on('message', (frame: Buffer) => heard.push(`${frame}`) === 5_000 && resolve())
  })
  const sent = Array.from({ length: 5_000 }, (_, n) => `${n} ${'x'.repeat(100)}`)
  for (const each of sent) (other as WebSocket).send(each)
  await last
  expect(heard).toEqual(sent)
  expect(pauses.mock.calls.length).toBeGreaterThan(1)
})
