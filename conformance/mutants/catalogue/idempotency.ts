/** Servers that carry a call out twice that was sent again, or answer a call with the answer to another. */
import { setTimeout as pause } from 'node:timers/promises'
import type { WireAnswer } from '../../transport.ts'
import {
  type Asked,
  answers,
  answersWith,
  edited,
  type Fault,
  headed,
  hears,
  on,
  refuse,
  withHeaders,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const keyOf = ({ headers }: Asked) => headers['idempotency-key']
const hasKey = (asked: Asked) => keyOf(asked) !== undefined
const withoutKey = (asked: Asked) => withHeaders(asked, { 'idempotency-key': undefined })
const isWellFormed = (asked: Asked) => /^[!-~]{1,255}$/.test(keyOf(asked) ?? '')

const says = (answer: WireAnswer) => headed(answer, { 'idempotency-replayed': 'true' })

/** Answers that a server remembers by key alone. @param isMistaken for which requests it then takes the wrong one */
const remembering = (isMistaken: (asked: Asked, first: Asked) => boolean): Fault => {
  const first = new Map<string, { asked: Asked; answer: WireAnswer }>()
  return on(hasKey, async (asked, ask) => {
    const before = first.get(keyOf(asked) ?? '')
    if (before !== undefined && isMistaken(asked, before.asked)) return says(before.answer)
    const answer = await ask(asked)
    if (before === undefined && answer.status < 300) first.set(keyOf(asked) ?? '', { asked, answer })
    return answer
  })
}

export const idempotency: readonly Mutant[] = [
  {
    id: 'idempotency/ignored',
    fault: 'knows no idempotency keys',
    killedBy: ['*/key-replayed', '*/key-at-once', '*/key-of-another-request', '*/key-with-space', '*/key-of-256'],
    because: /got (another|different) answer|answered 20[01] instead of/,
    make: () => hears((asked) => (hasKey(asked) ? withoutKey(asked) : asked)),
  },
  {
    id: 'idempotency/not-said',
    fault: 'does not say of an answer that it is one again',
    killedBy: ['*/key-replayed', '*/key-at-once'],
    because: /does not say that it was replayed|0 of the two say/,
    make: () => answers((answer) => headed(answer, { 'idempotency-replayed': undefined })),
  },
  {
    id: 'idempotency/always-said',
    fault: 'says of every answer to a call with a key that it is one again',
    killedBy: ['*/key-replayed', '*/key-at-once'],
    because: /the first answer says|2 of the two say/,
    make: () => on(hasKey, answersWith([200, 201, 202], says)),
  },
  {
    id: 'idempotency/one-after-another-only',
    fault: 'carries a call out again while the first one is under way',
    killedBy: ['*/key-at-once'],
    because: 'got different answers',
    make: () => {
      const underWay = new Map<string, () => void>()
      return on(isWellFormed, async (asked, ask) => {
        const key = keyOf(asked) ?? ''
        const first = underWay.get(key)
        first?.()
        if (first) return ask(withoutKey(asked))
        // Two calls that were sent at once may come one after the other: the first waits for the second.
        const second = Promise.withResolvers<void>()
        underWay.set(key, second.resolve)
        try {
          const answer = await ask(asked)
          await Promise.race([second.promise, pause(200)])
          return answer
        } finally {
          underWay.delete(key)
        }
      })
    },
  },
  {
    id: 'idempotency/whatever-is-asked',
    fault: 'answers a key with its first answer, whatever is asked with it',
    killedBy: ['*/key-of-another-request'],
    because: /answered 20[01] instead of/,
    make: () => remembering((asked, first) => asked.target === first.target && !isSameBody(asked, first)),
  },
  {
    id: 'idempotency/key-before-validation',
    fault: 'looks for the key before it looks at what was said',
    killedBy: ['*/before-key'],
    because: 'details.errors names /header/Idempotency-Key',
    make: () => {
      const used = new Set<string>()
      return on(hasKey, async (asked, ask) => {
        if (used.has(keyOf(asked) ?? '') && asked.query.has('unknown')) return otherRequest('/header/Idempotency-Key')
        const answer = await ask(asked)
        if (answer.status < 300) used.add(keyOf(asked) ?? '')
        return answer
      })
    },
  },
  {
    id: 'idempotency/shared-by-organizations',
    fault: 'takes the same key of two organizations for one',
    killedBy: ['createSession/201/-/key-of-other-organization'],
    because: 'answered with the session of the other organization',
    make: () => remembering((asked, first) => asked.caller !== first.caller),
  },
  {
    id: 'idempotency/key-not-named',
    fault: 'refuses a key that stands for another request without naming the key',
    killedBy: ['*/key-of-another-request'],
    because: 'details.errors names /body',
    make: () =>
      on(
        (asked) => hasKey(asked) && isWellFormed(asked),
        answersWith(422, (answer) =>
          edited<Refusal>(answer, (body) =>
            body.error.details.errors[0]?.path === '/header/Idempotency-Key' ? refusalAt('/body') : body,
          ),
        ),
      ),
  },
  {
    id: 'idempotency/any-key',
    fault: 'takes whatever it is given for a key',
    killedBy: ['*/key-with-space', '*/key-of-256'],
    because: /answered 20[01] instead of/,
    make: () => hears((asked) => (hasKey(asked) && !isWellFormed(asked) ? withoutKey(asked) : asked)),
  },
  {
    id: 'idempotency/short-keys',
    fault: 'refuses a key of more than 64 characters',
    killedBy: ['*/key-of-255'],
    because: /answered 422 instead of 20[01]/,
    make: () =>
      on(
        (asked) => (keyOf(asked) ?? '').length > 64,
        () => otherRequest('/header/Idempotency-Key'),
      ),
  },
]

interface Refusal {
  error: { details: { errors: { path: string }[] } }
}

const refusalAt = (path: string) => ({
  error: {
    code: 'validation_error',
    message: 'no',
    details: { errors: [{ path, message: 'no', code: 'key_reused' }] },
  },
})

const otherRequest = (path: string) => edited(refuse(422, 'validation_error'), () => refusalAt(path))

const isSameBody = (one: Asked, other: Asked) => JSON.stringify(one.body) === JSON.stringify(other.body)
