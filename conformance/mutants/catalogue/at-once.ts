/** Servers that mix up what comes at the same time. */
import { setTimeout as pause } from 'node:timers/promises'
import type { WireAnswer } from '../../transport.ts'
import { type Ask, type Asked, type Fault, isObject } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

/** So many requests of one operation at once come in one case alone. */
const crowd = 6
const waitMs = 20
const waits = 8

interface Crowd {
  /** Of the operation, the last one that came. */
  latest: Asked
  size: number
  /** There were enough at once, and some of them are still there. */
  isComplete: boolean
}

type Use = (asked: Asked, crowd: Crowd, ask: Ask) => ReturnType<Fault>

/** @param start makes what answers when several requests of an operation have come together */
const crowded = (start: () => Use): Mutant['make'] => {
  return () => {
    const use = start()
    const crowds = new Map<string, Crowd>()
    return async (asked, ask) => {
      const key = asked.operationId ?? ''
      const here = crowds.get(key) ?? { latest: asked, size: 0, isComplete: false }
      crowds.set(key, here)
      here.latest = asked
      here.size++
      here.isComplete ||= here.size >= crowd
      // Until the others have come, or it is clear that there are none.
      for (let waited = 0; !here.isComplete && waited < waits; waited++) await pause(waitMs)
      const isCrowd = here.isComplete
      try {
        return await (isCrowd && key !== '' ? use(asked, here, ask) : ask(asked))
      } finally {
        here.size--
        if (here.size === 0) here.isComplete = false
      }
    }
  }
}

const credentials = ({ headers }: Asked) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'authorization' || name === 'x-api-key'))

const withoutCredentials = ({ headers }: Asked) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization' && name !== 'x-api-key'))

const mixed = {
  killedBy: ['*/at-once'],
  because: /answered \d+ instead of \d+|gets another answer than alone/,
  // Whatever is asked in the same moment.
  touches: ['*'],
}

export const atOnce: readonly Mutant[] = [
  {
    id: 'at-once/caller-of-the-latest',
    fault: 'keeps the caller of the latest request in one place for all',
    ...mixed,
    make: crowded(
      () =>
        (asked, { latest }, ask) =>
          ask({ ...asked, headers: { ...withoutCredentials(asked), ...credentials(latest) } }),
    ),
  },
  {
    id: 'at-once/one-answer-for-all',
    fault: 'gives the answer that is under way to every caller that asks for the same',
    ...mixed,
    make: crowded(() => {
      const underWay = new Map<string, Promise<WireAnswer>>()
      return async (asked, _crowd, ask) => {
        const key = `${asked.method} ${asked.target}`
        const answer = underWay.get(key) ?? ask(asked)
        underWay.set(key, answer)
        try {
          return await answer
        } finally {
          underWay.delete(key)
        }
      }
    }),
  },
  {
    id: 'at-once/one-session-for-all',
    fault: 'makes one session for the same calls at the same time',
    killedBy: ['createSession/201/-/each-another-at-once'],
    because: 'two of them have the same id',
    touches: ['createSession/201/*'],
    make: () => {
      let underWay: Promise<WireAnswer> | undefined
      return async (asked, ask) => {
        const isBare = isObject(asked.body) && Object.keys(asked.body).length === 0 && asked.caller === 'full'
        if (asked.operationId !== 'createSession' || !isBare || 'idempotency-key' in asked.headers) return ask(asked)
        const mine = underWay ?? ask(asked)
        underWay = mine
        try {
          return await mine
        } finally {
          underWay = undefined
        }
      }
    },
  },
]
