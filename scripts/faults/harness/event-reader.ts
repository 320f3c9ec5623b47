/** A program that follows the stream of events, and connects again whenever it breaks off. */
import { setTimeout as pause } from 'node:timers/promises'
import { sentIn } from '../../../conformance/sse.ts'

export interface Told {
  id: string
  event: string
  position: number
  /** WhatsApp's id of the message that it tells of; absent for other events. */
  waMessageId?: string
  /** The channel that it tells of; absent for other events. */
  channel?: string
}

export interface EventReader {
  /** In the order in which they came; again where they came again. */
  readonly told: readonly Told[]
  /** How often it was told that events are missing. */
  readonly gaps: number
  /** How often it has connected, and was told a position. */
  readonly connections: number
  /** Breaks the connection off, as a network does. */
  drop(): void
  close(): Promise<void>
}

export interface EventReaderOptions {
  /** Of the gateway that runs now. */
  url: () => string
  token: string
  /** Whether it says how far it had come when it connects again. */
  resumes: boolean
}

/** How long it waits before it connects again: programs do, so that they do not disturb a gateway that starts. */
const pauseMs = 500

export const followEvents = ({ url, token, resumes }: EventReaderOptions): EventReader => {
  const told: Told[] = []
  let gaps = 0
  let connections = 0
  let last: string | undefined
  let closing = false
  let connection = new AbortController()

  const take = (block: string) => {
    for (const { id, event, data } of sentIn(`${block}\n\n`)) {
      if (event === 'gap') gaps += 1
      else if (data !== undefined) told.push(toldIn(data))
      last = id ?? last
    }
  }

  const read = async () => {
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(resumes && last !== undefined && { 'Last-Event-ID': last }),
    }
    const { status, body } = await fetch(`${url()}/events/stream`, { headers, signal: connection.signal })
    if (status !== 200 || body === null) return
    let text = ''
    let isConnected = false
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      const blocks = `${text}${part}`.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) take(block)
      if (!isConnected && last !== undefined) {
        isConnected = true
        connections += 1
      }
    }
  }

  const follow = async () => {
    while (!closing) {
      connection = new AbortController()
      await read().catch(() => {})
      await pause(pauseMs)
    }
  }
  const ended = follow()

  return {
    told,
    get gaps() {
      return gaps
    },
    get connections() {
      return connections
    },
    drop: () => connection.abort(),
    async close() {
      closing = true
      connection.abort()
      await ended
    },
  }
}

const toldIn = (data: string): Told => {
  const { id, event, position, payload } = JSON.parse(data)
  const waMessageId = payload.message?.waMessageId
  const channel = payload.newsletter?.jid
  return {
    id,
    event,
    position,
    ...(waMessageId !== undefined && { waMessageId }),
    ...(channel !== undefined && { channel }),
  }
}
