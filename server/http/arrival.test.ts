import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { markAsUpload, watchArrivals } from './arrival.ts'

const limits = { bodyMs: 10, uploadBytes: 100, uploadMs: 5 }

/** A connection on which a request with a body has begun. */
const begin = () => {
  const server = new EventEmitter()
  const world = { now: 0, late: 0 }
  const look = watchArrivals(server, {
    limits,
    late: () => {
      world.late += 1
    },
    clock: () => world.now,
  })
  const socket = Object.assign(new EventEmitter(), { bytesRead: 1_000 })
  const request = {
    socket,
    headers: { 'content-length': '500' },
    complete: false,
    readableLength: 0,
    readableHighWaterMark: 64,
  }
  const response: { writableEnded: boolean; socket: object | null } = { writableEnded: false, socket }
  server.emit('connection', socket)
  server.emit('request', request, response)
  const at = (now: number, bytes = 0) => {
    world.now = now
    socket.bytesRead += bytes
    look()
    return world.late
  }
  return { request, response, socket, at }
}

describe('a body', () => {
  test('has its time from the headers on, however much of it comes', () => {
    const { at } = begin()
    expect([at(5, 200), at(9, 200), at(10, 50)]).toEqual([0, 0, 1])
  })

  test('is late once', () => {
    const { at } = begin()
    expect([at(10), at(11), at(50)]).toEqual([1, 1, 1])
  })

  test('that came whole is not late', () => {
    const { at, request } = begin()
    request.complete = true
    expect(at(1_000)).toBe(0)
  })

  test('has its time from when its turn comes', () => {
    const { at, response, socket } = begin()
    response.socket = null
    expect([at(10), at(50)]).toEqual([0, 0])
    response.socket = socket
    expect([at(59), at(60)]).toEqual([0, 1])
  })

  test('that was answered before it came is late', () => {
    const { at, response } = begin()
    Object.assign(response, { socket: null, writableEnded: true })
    expect(at(10)).toBe(1)
  })

  test('of a connection that is gone is not late', () => {
    const { at, socket } = begin()
    socket.emit('close')
    expect(at(1_000)).toBe(0)
  })
})

describe('an upload', () => {
  const upload = () => {
    const world = begin()
    markAsUpload(world.request)
    return world
  }

  test('may take any time, while it comes fast enough', () => {
    const { at } = upload()
    expect([at(4, 100), at(8, 100), at(12, 100), at(16, 100)]).toEqual([0, 0, 0, 0])
  })

  test('is late when too little of it has come', () => {
    const { at } = upload()
    expect([at(4, 100), at(8, 99), at(9)]).toEqual([0, 0, 1])
  })

  test('is not late while nobody reads it', () => {
    const { at, request } = upload()
    request.readableLength = 64
    expect([at(4), at(8), at(100)]).toEqual([0, 0, 0])
    request.readableLength = 0
    expect([at(104), at(105)]).toEqual([0, 1])
  })

  test('that was answered before it came has the time of any body', () => {
    const { at, response } = upload()
    at(4, 100)
    response.writableEnded = true
    expect([at(13, 100), at(14, 100)]).toEqual([0, 1])
  })
})
