import type { Connection } from './connection.ts'

/** A connection that tells when its statements end, so that a slow database can be told from one that does not answer. */
export interface Watched extends Connection {
  /** Resolves as `work` does. Calls `onProgress` for each statement of the connection that ends before, also with an error. */
  during<T>(work: Promise<T>, onProgress: () => void): Promise<T>
}

export const watched = (connection: Connection): Watched => {
  const listeners = new Set<() => void>()

  const noted = async <T>(statement: Promise<T>): Promise<T> => {
    try {
      return await statement
    } finally {
      for (const listener of listeners) listener()
    }
  }

  return {
    all: (sql, ...values) => noted(connection.all(sql, ...values)),
    script: (sql) => noted(connection.script(sql)),
    get load() {
      return connection.load
    },
    close: connection.close,
    async during(work, onProgress) {
      // Of its own: two callers may pass the same function.
      const listener = () => onProgress()
      listeners.add(listener)
      try {
        return await work
      } finally {
        listeners.delete(listener)
      }
    },
  }
}
