/** What the mock answers. */
export interface MockAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  /** Undefined = no body. */
  body: string | Buffer | undefined
}
