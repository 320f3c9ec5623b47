/** The gateway's API, called as any client calls it. */
import type { SessionStatus } from '../../server/model/session.ts'
import { waitFor } from './wait-for.ts'

/** One request to the gateway. @returns its status, and the body as JSON where there is one */
export type Ask = (
  method: string,
  path: string,
  options: { token: string; body?: object; headers?: Record<string, string> },
) => Promise<{ status: number; body: unknown }>

export interface Api {
  ask: Ask
  /** @returns the body of a success, which is taken to be a `T` @throws Error for any other status */
  call<T>(token: string, method: string, path: string, body?: object): Promise<T>
  /** Resolves when the session has this status. */
  until(token: string, sessionId: string, status: SessionStatus): Promise<void>
}

/** @param url base URL with the prefix */
export const createApi = (url: string): Api => {
  const ask: Ask = async (method, path, { token, body, headers }) => {
    const answer = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  const call = async <T>(token: string, method: string, path: string, body?: object): Promise<T> => {
    const answer = await ask(method, path, { token, ...(body && { body }) })
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body as T
  }

  return {
    ask,
    call,
    until: async (token, sessionId, status) => {
      await waitFor(`session ${sessionId} to be ${status}`, async () => {
        const session = await call<{ status: string }>(token, 'GET', `/sessions/${sessionId}`)
        return session.status === status || undefined
      })
    },
  }
}
