/** How WhatsApp and networks end connections, and how the gateway reacts. */
import { node } from '../../../loopback/index.ts'
import { wait } from './until.ts'
import type { SessionBody, World } from './world.ts'

/** The same credentials have connected elsewhere (440). */
export const replace = ({ companion }: World) => companion.streamError({}, node('conflict', { type: 'replaced' }))

/** Milliseconds until the gateway is connected again; undefined when it isn't by the deadline. */
export const reconnected = async (world: World, deadlineMs: number): Promise<number | undefined> => {
  const began = performance.now()
  const logins = world.loopback.stats.logins
  const found = await wait(
    () => (world.loopback.stats.logins > logins && world.companion.isOnline) || undefined,
    deadlineMs,
  )
  return found ? performance.now() - began : undefined
}

/** The session when its status is none of these, or at the deadline. */
export const settled = async (world: World, passing: string[], deadlineMs = 5_000): Promise<SessionBody> => {
  const found = await wait(async () => {
    const session = await world.session()
    return passing.includes(session.status) ? undefined : session
  }, deadlineMs)
  return found ?? world.session()
}

/** A live call. @returns its status */
export const tryPresence = async ({ call, sessionId, traffic }: World): Promise<number> => {
  const { status } = await call('PUT', `/sessions/${sessionId}/chats/${traffic.group.jid}/presence`, {
    state: 'composing',
  })
  return status
}
