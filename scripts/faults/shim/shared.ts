import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'

/** What the main thread sets, and every thread sees. */
export interface Shared<T> {
  readonly state: T
  /** Only in the main thread. Other threads see it with their next look. */
  set(state: T): void
}

const key = 'parley faults'
const maxBytes = 65_536
const [version, length, headBytes] = [0, 1, 8]

/** Called in the main thread before others are started. */
export const shareState = <T extends object>(initial: T): Shared<T> => {
  if (isMainThread) setEnvironmentData(key, new SharedArrayBuffer(headBytes + maxBytes))
  const memory = getEnvironmentData(key) as SharedArrayBuffer
  const head = new Int32Array(memory, 0, 2)
  const body = new Uint8Array(memory, headBytes)
  let seen = 0
  let known = initial

  const look = () => {
    const now = Atomics.load(head, version)
    if (now === seen) return known
    seen = now
    known = JSON.parse(Buffer.from(body.slice(0, Atomics.load(head, length))).toString()) as T
    return known
  }

  return {
    get state() {
      return look()
    },
    set(state) {
      const bytes = Buffer.from(JSON.stringify(state))
      body.set(bytes)
      Atomics.store(head, length, bytes.length)
      Atomics.add(head, version, 1)
    },
  }
}
