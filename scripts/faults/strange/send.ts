/** Sends the fuzzer's inputs to a session, and checks whether it still works. */
import type { Companion, Group } from '../../../loopback/index.ts'
import { query } from '../harness/database.ts'
import { wait } from '../harness/until.ts'
import type { World } from '../harness/world.ts'
import { type Input, inputAt, type Kind, type Target } from './inputs.ts'

/** A gateway with a sender of strange inputs. */
export const strangerIn = (world: World): Target => {
  const { loopback, owner, traffic } = world
  const stranger = loopback.account({ pn: '628666000001', name: 'Stranger' })
  const group: Group = loopback.group({
    subject: 'Strange',
    members: [owner, stranger, traffic.contacts[0]],
    byLid: true,
  })
  return {
    owner,
    stranger,
    group,
    get companion(): Companion {
      return world.companion
    },
  }
}

export interface Which {
  kind: Kind
  seed: number
  /** The first, and the one after the last. */
  from: number
  to: number
}

export const inputsOf = (target: Target, { kind, seed, from, to }: Which): Input[] =>
  Array.from({ length: to - from }, (_, index) => inputAt(kind, target, seed, from + index))

/** Sends all. @returns the names of those that could not be serialized */
export const sendAll = async (inputs: readonly Input[]): Promise<string[]> => {
  const unsent: string[] = []
  for (const { name, send } of inputs)
    await send().catch(
      (error: unknown) => void unsent.push(`${name}: ${error instanceof Error ? error.message : error}`),
    )
  return unsent
}

const recoverMs = 30_000

/** What is wrong with the session; undefined when it is connected and stores a message of a friend. */
export const wrongWith = async (world: World, deadlineMs = recoverMs): Promise<string | undefined> => {
  const { call, sessionId, gateway, traffic } = world
  const [friend] = traffic.contacts
  const { id } = await traffic.direct(friend)
  let last = 'nothing was asked'
  const fine = await wait(async () => {
    if (!gateway.isAlive) return 'dead'
    try {
      const { text } = await call('GET', `/sessions/${sessionId}/chats/${friend.pn}/messages?limit=3`)
      const session = await world.session()
      last = `${session.status}, ${session.statusReason ?? 'no reason'}, message ${text.includes(id) ? 'stored' : 'missing'}`
      return session.status === 'working' && text.includes(id) ? 'fine' : undefined
    } catch (error) {
      last = String(error)
      return undefined
    }
  }, deadlineMs)
  if (fine === 'fine') return undefined
  if (fine === 'dead') return `the process has ended (${await gateway.ended}): ${gateway.output().slice(-1_500)}`
  return last
}

/** Waits until WhatsApp has nothing left to deliver to this session. */
export const taken = (world: World, ms = 3_000): Promise<unknown> =>
  wait(() => world.companion.queue.size === 0 || undefined, ms)

/** The number of unsettled entries in the session's journal. */
export const journaled = async ({ database, sessionId }: World): Promise<number> => {
  const [row] = await query<{ count: number }>(
    database,
    'SELECT count(*) AS count FROM journal WHERE session_id = ?',
    sessionId,
  )
  return row?.count ?? 0
}
