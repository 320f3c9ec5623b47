/** Servers that carry a call out twice that was sent again, or answer a call with the answer to another. */
import { setTimeout as pause } from 'node:timers/promises'
import type { WireAnswer } from '../../transport.ts'
import {
  type Asked,
  answers,
  answersWith,
  bodyOf,
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
const remembering = (
  isMistaken: (asked: Asked, first: Asked) => boolean,
  known = (key: string): string => key,
): Fault => {
  const first = new Map<string, { asked: Asked; answer: WireAnswer }>()
  return on(hasKey, async (asked, ask) => {
    const key = known(keyOf(asked) ?? '')
    const before = first.get(key)
    if (before !== undefined && isMistaken(asked, before.asked)) return says(before.answer)
    const answer = await ask(asked)
    if (before === undefined && answer.status < 300) first.set(key, { asked, answer })
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
    killedBy: ['*/key-of-other-organization'],
    because: 'of the other organization',
    make: () => remembering((asked, first) => asked.caller !== first.caller),
  },
  {
    id: 'idempotency/keys-in-any-case',
    fault: 'compares keys without their case',
    killedBy: ['*/key-almost-the-same'],
    because: 'a key in capitals gets the answer of the first',
    make: () =>
      remembering(
        (asked, first) => keyOf(asked) !== keyOf(first),
        (key) => key.toLowerCase(),
      ),
  },
  {
    id: 'idempotency/keys-cut',
    fault: 'compares the first 200 characters of keys',
    killedBy: ['*/key-almost-the-same'],
    because: 'a key whose last of 255 characters is another gets the answer of the first',
    make: () =>
      remembering(
        (asked, first) => keyOf(asked) !== keyOf(first),
        (key) => key.slice(0, 200),
      ),
  },
  {
    id: 'idempotency/keys-of-tokens',
    fault: 'takes the same key of two tokens of an organization for two',
    killedBy: ['*/key-of-other-caller'],
    because: 'the retry got another answer',
    make: () => {
      const first = new Map<string, Asked['caller']>()
      return on(isWellFormed, (asked, ask) => {
        const key = keyOf(asked) ?? ''
        if (!first.has(key)) first.set(key, asked.caller)
        return ask(first.get(key) === asked.caller || asked.caller === 'otherOrg' ? asked : withoutKey(asked))
      })
    },
  },
  {
    id: 'idempotency/used-up-by-errors',
    fault: 'answers a key with the error that it got with it first',
    killedBy: ['*/key-after-error'],
    because: /answered 422 instead of 20[01]/,
    touches: ['*/before-validation', '*/answer-headers'],
    make: () => {
      const errors = new Map<string, WireAnswer>()
      return on(isWellFormed, async (asked, ask) => {
        const before = errors.get(keyOf(asked) ?? '')
        if (before !== undefined) return before
        const answer = await ask(asked)
        if (answer.status === 422) errors.set(keyOf(asked) ?? '', answer)
        return answer
      })
    },
  },
  {
    id: 'idempotency/forgotten-with-the-object',
    fault: 'makes again what was deleted, when the call that made it is sent again',
    killedBy: ['*/key-after-deletion'],
    because: 'the retry got another answer',
    make: () => {
      const made = new Map<string, string>()
      const deleted = new Set<string>()
      return async (asked, ask) => {
        const key = keyOf(asked)
        const isGone = key !== undefined && deleted.has(made.get(key) ?? '')
        const answer = await ask(isGone ? withoutKey(asked) : asked)
        if (key !== undefined && answer.status === 201) made.set(key, bodyOf<{ id: string }>(answer).id)
        if (asked.method === 'DELETE' && answer.status === 204) deleted.add(asked.target.split('/').at(-1) ?? '')
        return answer
      }
    },
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
