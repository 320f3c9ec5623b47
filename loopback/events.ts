/** How long `next` waits when the caller does not say. */
const DEFAULT_TIMEOUT_MS = 5_000
/** Events kept for a later `next`, for each type; the oldest go first. */
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
 * What happened, by type. Events are kept until somebody asks for them, so that a test may first act and then wait.
 * `Events` maps each type's name to the shape of its events.
 */
export class EventLog<Events extends object> {
  readonly #channels: { [K in keyof Events]?: Channel<Events[K]> } = {}
  #closed = false

  /**
   * Calls `listener` for each event of this type from now on, in order.
   * @returns a function that ends it
   */
  on<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): () => void {
    const { listeners } = this.#channel(type)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /**
   * The oldest event of this type that fits and that no `next` has returned before; waits for it when there is none yet.
   * Each event is returned once. Of each type the newest 1,000 are kept.
   * @throws when none came within `timeoutMs` (default 5,000), or the log was closed
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
   * What `find` returns after one of the coming events of this type, the first time that it returns something. Leaves the
   * events to `next`.
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

  /** Tells an event to the listeners alone. For events that come in masses: `next` never sees them. */
  tell<K extends keyof Events>(type: K, event: Events[K]): void {
    for (const listener of this.#channel(type).listeners) listener(event)
  }

  /** Tells an event: to the first `next` that waits for it (else it is kept), and to all listeners. */
  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    const channel = this.#channel(type)
    const waiter = channel.waiters.find(({ fits }) => fits(event))
    if (waiter) waiter.take(event)
    else if (channel.kept.push(event) > MAX_KEPT) channel.kept.shift()
    for (const listener of channel.listeners) listener(event)
  }

  /** Rejects everybody who still waits. */
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
