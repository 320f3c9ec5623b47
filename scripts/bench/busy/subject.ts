/** The gateway that is loaded, and the traffic that it gets. */

export interface Subject {
  /** Base URL with the prefix. */
  url: string
  token: string
  /** A page to read, below the base URL. */
  page: string
  /** Resident memory of the gateway, bytes. */
  rss(): Promise<number>
  /**
   * Sends messages to the sessions in turn, and waits for the receipts.
   * @param perSecond 0 = all at once
   * @returns from when each was due to its receipt, ms
   */
  drive(count: number, perSecond: number): Promise<number[]>
  close(): Promise<void>
}

/** What the gateway gets of this process's environment: the settings of memory allocators. */
export const allocatorSettings = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      /^(MALLOC_|GLIBC_TUNABLES$|LD_PRELOAD$)/.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  )
