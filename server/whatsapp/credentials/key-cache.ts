/** One page of Signal sessions: enough for the chats that are busy at one time. */
const mostKeys = 256
/** A sender key grows with each skipped message of its group. */
const mostCharacters = 2_000_000

export interface KeyChange {
  type: string
  id: string
  /** Null: it is deleted. */
  json: string | null
}

/** A cache of recently used keys, as JSON, so that each reader gets a new object. */
export interface KeyCache {
  /** Null: the store has no such key. Undefined: nothing is known about it. */
  get(type: string, id: string): string | null | undefined
  /** Call before reading the store. The returned function caches what was read, unless there was a write meanwhile; null = no such key. */
  reading(): (type: string, id: string, json: string | null) => void
  /** Whether the store is known to have this value already, and no other is being written. */
  isStored(change: KeyChange): boolean
  /** Call before writing to the store, and one of the returned functions after it; until then readers get the former value. */
  writing(changes: KeyChange[]): { done(): void; failed(): void }
}

export const createKeyCache = (): KeyCache => {
  const entries = new Map<string, string | null>()
  /** How many writes of a key are in progress. */
  const underWay = new Map<string, number>()
  let characters = 0
  let writes = 0

  const name = (type: string, id: string) => `${type}/${id}`

  const remove = (key: string) => {
    characters -= entries.get(key)?.length ?? 0
    entries.delete(key)
  }

  const put = (type: string, id: string, json: string | null) => {
    // A pre-key is used once.
    if (type === 'pre-key') return
    const key = name(type, id)
    remove(key)
    entries.set(key, json)
    characters += json?.length ?? 0
    for (const oldest of entries.keys()) {
      if (entries.size <= mostKeys && characters <= mostCharacters) return
      remove(oldest)
    }
  }

  const begun = (changes: KeyChange[]) => {
    writes += 1
    for (const { type, id } of changes) underWay.set(name(type, id), (underWay.get(name(type, id)) ?? 0) + 1)
  }

  const ended = (changes: KeyChange[]) => {
    writes += 1
    for (const { type, id } of changes) {
      const left = (underWay.get(name(type, id)) ?? 1) - 1
      if (left === 0) underWay.delete(name(type, id))
      else underWay.set(name(type, id), left)
    }
  }

  return {
    get(type, id) {
      const json = entries.get(name(type, id))
      if (json !== undefined) put(type, id, json)
      return json
    },
    reading() {
      const before = writes
      return (type, id, json) => {
        if (writes === before) put(type, id, json)
      }
    },
    isStored: ({ type, id, json }) =>
      json !== null && entries.get(name(type, id)) === json && !underWay.has(name(type, id)),
    writing(changes) {
      begun(changes)
      return {
        done() {
          ended(changes)
          for (const { type, id, json } of changes) {
            if (json === null) remove(name(type, id))
            else put(type, id, json)
          }
        },
        failed() {
          ended(changes)
          for (const { type, id } of changes) remove(name(type, id))
        },
      }
    },
  }
}
