import { Worker } from 'node:worker_threads'
import { describe, expect, test, vi } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import { Unreadable } from './open-blob.ts'
import type { Batch, Task } from './protocol.ts'
import { chat, history, message, packed, repeated } from './test-histories.ts'
import { createHistoryWorkers, WorkerDied } from './workers.ts'

const jid = '6285550001111@s.whatsapp.net'
const reading = { me: { jid: '6281234567890@s.whatsapp.net' }, now: 1_700_000_000_000 }
const taskOf = (bytes: Uint8Array): Task => ({ packed: packed(bytes), reading })
const never = new AbortController().signal

const messages = (count: number) =>
  taskOf(
    history(
      chat(
        jid,
        Array.from({ length: count }, (_, n) => message(`M${count - n}`, jid)),
      ),
    ),
  )

const reader = () => {
  const facts: Fact[] = []
  const take = async (batch: Batch) => {
    if (batch.type === 'facts') facts.push(...batch.facts)
  }
  return { facts, take }
}

describe('a thread', () => {
  test('reads one history after the other, oldest message first', async () => {
    const workers = createHistoryWorkers()
    for (let n = 0; n < 3; n += 1) {
      const { facts, take } = reader()
      expect(await workers.read(messages(1_200), take, never)).toMatchObject({ chats: 1, messages: 1_200, leftOut: 0 })
      const ids = facts.flatMap((fact) => (fact.kind === 'message' ? fact.id : []))
      expect([ids[0], ids.at(-1), ids.length]).toEqual(['M1', 'M1200', 1_200])
    }
    await expect(workers.read({ packed: Buffer.from('garbage'), reading }, reader().take, never)).rejects.toThrow(
      Unreadable,
    )
    expect(await workers.read(messages(1), reader().take, never)).toMatchObject({ messages: 1 })
  })

  test('that cannot be started gives its turn to the next', async () => {
    let refusals = 3
    const resourceLimits = {
      get maxOldGenerationSizeMb() {
        refusals -= 1
        if (refusals >= 0) throw new Error('no thread to be had')
        return 64
      },
    }
    const workers = createHistoryWorkers({ resourceLimits })
    for (let n = 0; n < 3; n += 1)
      await expect(workers.read(messages(1), reader().take, never)).rejects.toThrow('no thread to be had')
    expect(await workers.read(messages(1), reader().take, never)).toMatchObject({ messages: 1 })
  })

  test('waits for who takes what it has read, and ends with them', async () => {
    const workers = createHistoryWorkers()
    let taken = 0
    const failing = workers.read(
      messages(5_000),
      async () => {
        taken += 1
        if (taken === 3) throw new Error('the store is full')
      },
      never,
    )
    await expect(failing).rejects.toThrow('the store is full')
    expect(taken).toBe(3)
    const end = new AbortController()
    const ended = workers.read(messages(5_000), () => new Promise(() => {}), end.signal)
    end.abort(new Error('enough'))
    await expect(ended).rejects.toThrow('enough')
    expect(await workers.read(messages(1), reader().take, never)).toMatchObject({ messages: 1 })
  })

  test('that runs out of time or memory is an error of that history alone', async () => {
    const large = taskOf(history(repeated(Buffer.of(18, 0), 40_000_000)))
    const slow = createHistoryWorkers({ busyMs: 1 })
    await expect(slow.read(large, reader().take, never)).rejects.toThrow(WorkerDied)
    const small = createHistoryWorkers({ resourceLimits: { maxOldGenerationSizeMb: 5 } })
    await expect(small.read(messages(10), reader().take, never)).rejects.toThrow(WorkerDied)
  })

  test('ends by itself when the pool is closed, idle or at work', async () => {
    const terminate = vi.spyOn(Worker.prototype, 'terminate')
    const workers = createHistoryWorkers({ endMs: 600_000 })
    await workers.read(messages(1), reader().take, never)
    const atWork = [0, 1].map(() => workers.read(messages(2_000), () => new Promise(() => {}), never))
    const ended = Promise.allSettled(atWork)
    await workers.close()
    expect(await ended).toMatchObject(atWork.map(() => ({ status: 'rejected' })))
    expect(terminate).not.toHaveBeenCalled()
    terminate.mockRestore()
    await expect(workers.read(messages(1), reader().take, never)).rejects.toThrow('no longer read')
  })

  test('more than two do not work at the same time; who waits can leave', async () => {
    const workers = createHistoryWorkers({ max: 1 })
    const open = Promise.withResolvers<void>()
    const first = workers.read(messages(10), () => open.promise, never)
    const end = new AbortController()
    const leaving = workers.read(messages(10), reader().take, end.signal)
    const last = workers.read(messages(10), reader().take, never)
    end.abort(new Error('enough'))
    await expect(leaving).rejects.toThrow('enough')
    open.resolve()
    await first
    expect(await last).toMatchObject({ messages: 10 })
  })
})
