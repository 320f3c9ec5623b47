/** Calls between two threads, in both directions. */
import { deserialize, serialize } from 'node:v8'
import type { TransferListItem } from 'node:worker_threads'
import { errorOf, plainError } from './errors.ts'

/** A worker, or the port of its parent. */
export interface Port {
  postMessage(message: unknown, transfer: TransferListItem[]): void
  on(event: 'message', listener: (message: Uint8Array) => void): unknown
}

export interface Channel {
  /** @throws what the other side throws, or the reason of `end` */
  call(name: string, ...args: unknown[]): Promise<unknown>
  /** The same without an answer. */
  tell(name: string, ...args: unknown[]): void
  /** Rejects calls without an answer, and all later ones. */
  end(reason: Error): void
}

/** What the other side may call, by name. */
export type Handlers = Record<string, (...args: never[]) => unknown>

type Message =
  /** `id` 0: nobody waits for an answer. */
  | { id: number; name: string; args: unknown[] }
  | { answer: number; value: unknown }
  | { answer: number; error: unknown }

/**
 * Messages are serialized by V8 here rather than by the port, which would copy the whole pool that a short Buffer is part of, and
 * would turn Buffers into arrays.
 * @param onBusy called when the first call begins to wait for an answer (true), and when none waits (false)
 */
export const openChannel = (port: Port, handlers: Handlers, onBusy: (busy: boolean) => void = () => {}): Channel => {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  let lastId = 0
  let ended: Error | undefined

  const send = (message: Message) => {
    const bytes = serialize(message)
    port.postMessage(bytes, bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [])
  }

  const run = async ({ id, name, args }: Extract<Message, { name: string }>) => {
    const handler = handlers[name]
    if (id === 0) return void handler?.(...(args as never[]))
    try {
      if (handler === undefined) throw new Error(`there is no call ${name}`)
      send({ answer: id, value: await handler(...(args as never[])) })
    } catch (error) {
      send({ answer: id, error: plainError(error) })
    }
  }

  const settle = (message: Exclude<Message, { name: string }>) => {
    const call = waiting.get(message.answer)
    if (!waiting.delete(message.answer)) return
    if (waiting.size === 0) onBusy(false)
    if ('error' in message) call?.reject(errorOf(message.error))
    else call?.resolve(message.value)
  }

  port.on('message', (bytes) => {
    const message = deserialize(bytes) as Message
    if ('name' in message) void run(message)
    else settle(message)
  })

  return {
    call(name, ...args) {
      if (ended) return Promise.reject(ended)
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      lastId += 1
      send({ id: lastId, name, args })
      if (waiting.size === 0) onBusy(true)
      waiting.set(lastId, { resolve, reject })
      return promise
    },
    tell: (name, ...args) => send({ id: 0, name, args }),
    end(reason) {
      ended = reason
      for (const { reject } of waiting.values()) reject(reason)
      waiting.clear()
    },
  }
}
