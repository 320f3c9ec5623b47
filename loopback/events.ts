/** Default timeout of `next`. */
const DEFAULT_TIMEOUT_MS = 5_000
/** The most events of a type that are kept for a later `next`; the oldest are evicted. */
const MAX_KEPT = 1_000

interface Waiter<E> {
  fits: (event: E) => boolean
  take: (event: E) => void
  fail: (reason: Error) => void
}

interface Channel<E> {
  kept: E[]
  waiters: Waiter<E>[]
  listeners: Set<(event: E) => void>
}

/**
 * An event log by type. Events are kept until `next` returns them, so that a test may first act and then wait.
 * `Events` maps each type's name to the shape of its events.
 */
export class EventLog<Events extends object> {
  readonly #channels: { [K in keyof Events]?: Channel<Events[K]> } = {}
  #closed = false

  /**
   * Calls `listener` for each event of this type from now on, in order.
   * @returns a function that unsubscribes
   */
  on<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): () => void {
    const { listeners } = this.#channel(type)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /**
   * The oldest matching event of this type that no `next` has returned before; waits for it if there is none yet.
   * Each event is returned once. Of each type the newest 1,000 are kept.
   * @throws when none arrived within `timeoutMs` (default 5,000), or the log was closed
   */
  next<K extends keyof Events>(
    type: K,
    fits: (event: Events[K]) => boolean = () => true,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<Events[K]> {
    const channel = this.#channel(type)
    const index = channel.kept.findIndex(fits)
    const found = channel.kept[index]
    if (found !== undefined) {
      channel.kept.splice(index, 1)
      return Promise.resolve(found)
    }
    if (this.#closed) return Promise.reject(new Error(`no "${String(type)}": the loopback is closed`))
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        channel.waiters = channel.waiters.filter((other) => other !== waiter)
      }
      const waiter: Waiter<Events[K]> = {
        fits,
        take: (event) => {
          leave()
          resolve(event)
        },
        fail: (reason) => {
          leave()
          reject(reason)
        },
      }
      const timer = setTimeout(() => {
        const others = channel.kept.length
        waiter.fail(new Error(`no "${String(type)}" that fits came within ${timeoutMs} ms (${others} others did)`))
      }, timeoutMs)
      channel.waiters.push(waiter)
    })
  }

  /**
   * Calls `find` after each future event of this type, and returns its first result. Does not consume events.
   * @returns absent when nothing was found within `timeoutMs`
   */
  firstFrom<K extends keyof Events, T>(type: K, find: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const settle = (found: T | undefined) => {
        clearTimeout(timer)
        stop()
        resolve(found)
      }
      const timer = setTimeout(() => settle(undefined), timeoutMs)
      const stop = this.on(type, () => {
        const found = find()
        if (found !== undefined) settle(found)
      })
    })
  }

  /** Emits an event to listeners only, and not to `next`: for very frequent events. */
  tell<K extends keyof Events>(type: K, event: Events[K]): void {
    for (const listener of this.#channel(type).listeners) listener(event)
  }

  /** Emits an event to the first waiting `next` that matches (otherwise it is kept), and to all listeners. */
  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    const channel = this.#channel(type)
    const waiter = channel.waiters.find(({ fits }) => fits(event))
    if (waiter) waiter.take(event)
    else if (channel.kept.push(event) > MAX_KEPT) channel.kept.shift()
    for (const listener of channel.listeners) listener(event)
  }

  /** Rejects all waiting calls. */
  close(): void {
    this.#closed = true
    for (const type of Object.keys(this.#channels) as (keyof Events)[]) {
      for (const { fail } of this.#channel(type).waiters)
        fail(new Error(`no "${String(type)}": the loopback is closed`))
    }
  }

  #channel<K extends keyof Events>(type: K): Channel<Events[K]> {
    const channel = this.#channels[type] ?? { kept: [], waiters: [], listeners: new Set() }
    this.#channels[type] = channel
    return channel
  }
}
