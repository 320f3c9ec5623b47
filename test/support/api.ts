/** A caller of the gateway, as short as a test wants it. */

export interface Answer {
  status: number
  headers: Headers
  /** Parsed; undefined when there is none. */
  body: unknown
  /** As it came. */
  text: string
}

export type Caller = (method: string, path: string, body?: unknown) => Promise<Answer>

/** @param token none: no Authorization header */
export const caller =
  (url: string, token?: string): Caller =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parsed(text) }
  }

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The envelope's code. */
export const codeOf = ({ body }: Answer) => (body as { error?: { code?: string } } | undefined)?.error?.code
