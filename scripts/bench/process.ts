/** A program in a process of its own, held to one processor, that answers its parent's questions. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pinned } from './machine.ts'

/** What a program can be asked; an argument and an answer travel as structured clones. */
export type Answers = Record<string, (argument: never) => unknown>

type Argument<F> = F extends (argument: infer A) => unknown ? (unknown extends A ? [] : [A]) : never
type Answer<F> = F extends (argument: never) => infer R ? Awaited<R> : never

export interface Child<A extends Answers> {
  ask<K extends keyof A & string>(name: K, ...argument: Argument<A[K]>): Promise<Answer<A[K]>>
  /** Idempotent. */
  end(): Promise<void>
}

/** What every program can be asked. */
export const common = {
  /** Processor time of the whole process so far, µs. */
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  /** Resident memory, bytes. */
  rss: () => process.memoryUsage.rss(),
}
export type Common = typeof common

interface Question {
  id: number
  name: string
  argument: unknown
}

type Message = { ready: true } | { id: number; value: unknown } | { id: number; error: string }

const endMs = 10_000

/**
 * Starts it and waits until it answers.
 * @param file path of a program that ends with a call of `answerWith`
 */
export const startProgram = async <A extends Answers>(
  file: string,
  processor: number | undefined,
  args: string[],
): Promise<Child<A & Common>> => {
  const [command, ...rest] = pinned(processor, [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    file,
    ...args,
  ])
  const child = spawn(command, rest, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<void>()
  let last = 0

  child.on('message', (message: Message) => {
    if ('ready' in message) return ready.resolve()
    const question = waiting.get(message.id)
    waiting.delete(message.id)
    if ('error' in message) question?.reject(new Error(message.error))
    else question?.resolve(message.value)
  })
  const gone = (reason: string) => {
    const error = new Error(`${file.replace(/^.*\//, '')} ${reason}`)
    ready.reject(error)
    for (const question of waiting.values()) question.reject(error)
    waiting.clear()
  }
  child.once('error', (error) => gone(error.message))
  child.once('exit', (code, signal) => gone(`ended (${signal ?? code})`))

  await ready.promise
  return {
    ask: async (name, ...[argument]) => {
      if (!child.connected) throw new Error(`${file.replace(/^.*\//, '')} has ended`)
      last += 1
      const question = Promise.withResolvers<unknown>()
      waiting.set(last, question)
      child.send({ id: last, name, argument } satisfies Question)
      return (await question.promise) as never
    },
    end: () => end(child),
  }
}

/** Programs end when their parent lets go of them; one that hangs is killed. */
const end = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const kill = setTimeout(() => child.kill('SIGKILL'), endMs)
  if (child.connected) child.disconnect()
  await exited
  clearTimeout(kill)
}

/** In the program: answers questions until the parent is gone, then ends what `close` ends, and the process. */
export const answerWith = (answers: Answers, close: () => Promise<void> = async () => undefined) => {
  const all: Record<string, (argument: never) => unknown> = { ...common, ...answers }
  const send = (message: Message) => {
    if (process.connected) process.send?.(message)
  }
  process.on('message', async ({ id, name, argument }: Question) => {
    try {
      send({ id, value: await all[name]?.(argument as never) })
    } catch (error) {
      send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.once('disconnect', () => {
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
  // Ctrl-C reaches the whole group; the parent decides.
  process.on('SIGINT', () => undefined)
  send({ ready: true })
}
