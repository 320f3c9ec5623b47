/**
 * States that a suite cannot make, by three routes in this order: given in the target file, asked from the target's hook,
 * found with the operations that list. The hook comes before the search: it knows what a search would guess.
 */
import type { Call } from './case.ts'
import { HookFault, hookOf } from './hook.ts'
import { readAnswer } from './oracle.ts'
import { claims } from './profile.ts'
import { wireRequest } from './request.ts'
import { type Entry, type Searcher, search } from './search.ts'
import type { Suite } from './suite.ts'
import { type Fixtures, factOf, type Need, type Target } from './target.ts'
import { fixtureFault } from './target-file.ts'
import type { Transport } from './transport.ts'

type Name = keyof Fixtures
type Params = Readonly<Record<string, unknown>>

export interface Settled {
  /** Why some of the keys cannot be had; empty when all are there. */
  missing: readonly string[]
  /** What did not come from the target file, in words. */
  info: readonly string[]
}

export interface FixtureDesk {
  /** The target, with all fixtures that were settled so far. */
  readonly target: Target
  /** Sees to it that the target has these fixtures; each is settled once. @throws TransportFault */
  settle(needs: readonly Need[]): Promise<Settled>
  /**
   * Asks again for the fixtures that a case has used up, before it runs again. @returns why some are missing; empty when all are there
   * @throws TransportFault
   */
  renew(needs: readonly Need[]): Promise<readonly string[]>
  /** Asks for another in place of one that a case has found used up. @returns whether there is one; if not, the old one stays */
  replace(need: Need): Promise<boolean>
  /** Lets something happen on the target. @returns what the hook says of it @throws HookFault */
  happen(event: string, params: Params): Promise<unknown>
  /** Gives back what the hook has made. */
  release(): Promise<void>
}

const nameOf = (need: Need) => need.slice('fixtures.'.length) as Name

const noSuch = (name: Name) => `the target file has no fixtures.${name}`

/** Less than the quarter of an hour in which messages can be edited. */
const maxEditableMs = 10 * 60_000

const noHook = 'the target file has no hook (fixtures.url or fixtures.command)'

type Outcome = { missing: string } | { route: 'given' | 'asked' | 'found' }

export const createFixtureDesk = (suite: Suite, given: Target, transport: Transport): FixtureDesk => {
  const target: Target = { ...given, fixtures: { ...given.fixtures } }
  const hook = hookOf(given)
  const outcomes = new Map<Name, Promise<Outcome>>()
  const made: { state: Name; params: Params; value: unknown }[] = []

  const ask = async (state: Name): Promise<unknown> => {
    const session = state === 'liveSession' ? undefined : target.fixtures.liveSession
    const params = { ...(session !== undefined && { session }) }
    const value = await hook?.make({ state, params })
    if (value === undefined) return undefined
    made.push({ state, params, value })
    const fault = fixtureFault(state, value)
    if (fault !== undefined) throw new HookFault(`what the hook has made of it ${fault}`)
    return value
  }

  const searcher: Searcher = {
    target,
    page: async (call) => {
      const nothing = { entries: [], nextCursor: undefined }
      const isThere = Object.hasOwn(suite.contract.operations, call.operationId)
      return isThere && claims(suite, target, call.operationId) ? pageOf(await send(call)) : nothing
    },
    fixture: async (name) => {
      await outcomeOf(name)
      return factOf(target, `fixtures.${name}`)
    },
  }

  const send = async (call: Call) => readAnswer(await transport.send(wireRequest(suite.contract, call, target, {})))

  const shown = async (call: Call): Promise<Entry> => {
    const body = claims(suite, target, call.operationId) ? (await send(call)).body : undefined
    return typeof body === 'object' && body !== null ? (body as Entry) : {}
  }

  /** Whether it is not any more what it was: an earlier run has marked the chat read, or the message has become too old. */
  const isUsedUp = async (name: Name, value: unknown): Promise<boolean> => {
    const { liveSession, offlineSession } = target.fixtures
    const { id } = value as { id: string }
    if (name === 'unreadChat' && liveSession !== undefined)
      return (await shown({ operationId: 'getChat', path: { session: liveSession, cid: id } })).unreadCount === 0
    if (name !== 'offlineMessage' || offlineSession === undefined) return false
    const { timestamp } = await shown({ operationId: 'getMessage', path: { session: offlineSession, mid: id } })
    return typeof timestamp === 'number' && timestamp < Date.now() - maxEditableMs
  }

  const decide = async (name: Name, isKnownUsedUp = false): Promise<Outcome> => {
    if (name === 'busyChat' && hook === undefined)
      return { missing: `${noHook}, and only a hook lets messages come into fixtures.busyChat` }
    const now = target.fixtures[name]
    const isMock = target.target.kind === 'mock'
    if (now !== undefined && !isKnownUsedUp && (isMock || !(await isUsedUp(name, now)))) return { route: 'given' }
    if (isMock) return { missing: noSuch(name) }
    const routes = { asked: () => ask(name), found: () => search(name, searcher) }
    for (const route of ['asked', 'found'] as const) {
      const value = await routes[route]()
      if (value === undefined) continue
      Object.assign(target.fixtures, { [name]: value })
      return { route }
    }
    if (now === undefined && !isKnownUsedUp) return { missing: noSuch(name) }
    // It is good for all but editing.
    if (name === 'offlineMessage') return { route: 'given' }
    return { missing: `fixtures.${name} has nothing unread: it was marked read, and something must come in first` }
  }

  const decided = (name: Name, isKnownUsedUp = false): Promise<Outcome> =>
    decide(name, isKnownUsedUp).catch((error: unknown) => {
      if (error instanceof HookFault) return { missing: `fixtures.${name}: ${error.message}` }
      throw error
    })

  const outcomeOf = (name: Name): Promise<Outcome> => {
    const outcome = outcomes.get(name) ?? decided(name)
    outcomes.set(name, outcome)
    return outcome
  }

  const settle: FixtureDesk['settle'] = async (needs) => {
    const missing: string[] = []
    const info: string[] = []
    for (const need of needs.filter((key) => key.startsWith('fixtures.'))) {
      const outcome = await outcomeOf(nameOf(need))
      if ('missing' in outcome) missing.push(outcome.missing)
      else if (outcome.route !== 'given') info.push(`${need} was ${outcome.route}, not given`)
    }
    return { missing, info }
  }

  return {
    target,
    settle,
    renew: async (needs) => {
      const used = needs.filter((need) => need === 'fixtures.unreadChat')
      if (used.length > 0) outcomes.delete('unreadChat')
      return (await settle(used)).missing
    },
    replace: async (need) => {
      const name = nameOf(need)
      const outcome = await decided(name, true)
      if ('missing' in outcome) return false
      outcomes.set(name, Promise.resolve(outcome))
      return true
    },
    happen: async (state, params) => {
      if (hook === undefined) throw new HookFault(`${noHook}, and only a hook brings about ${state}`)
      const said = await hook.make({ state, params })
      if (said === undefined) throw new HookFault(`the hook does not know ${state}`)
      return said
    },
    release: async () => {
      // A run has its verdicts by then: what cannot be given back is left to the operator of the target.
      for (const wish of made.splice(0)) await hook?.release(wish).catch(() => undefined)
    },
  }
}

const pageOf = ({ status, body }: { status: number; body: unknown }): Awaited<ReturnType<Searcher['page']>> => {
  const page = (status === 200 && typeof body === 'object' && body !== null ? body : {}) as Entry
  const isEntry = (entry: unknown): entry is Entry => typeof entry === 'object' && entry !== null
  return {
    entries: Array.isArray(page.data) ? page.data.filter(isEntry) : [],
    nextCursor: typeof page.nextCursor === 'string' ? page.nextCursor : undefined,
  }
}
