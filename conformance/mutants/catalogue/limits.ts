/** Servers that limit in their own way. */
import {
  answersWith,
  as,
  bodyOf,
  edited,
  type Fault,
  headed,
  insteadOf,
  isObject,
  on,
  refuse,
  withQuery,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'

interface Refusal {
  error: { code: string; message: string; details?: { reason?: string } }
}

const tooMany: Pick<Mutant, 'killedBy' | 'touches'> = {
  killedBy: ['*/429/rate_limited/*'],
  touches: ['*/despite-wrong-tokens', '*/before-rate-limit'],
}

const changes = (change: Parameters<typeof answersWith>[1]): Pick<Mutant, 'make'> => ({
  make: () => answersWith(429, change),
})

const retryAfter = (name: string, value: string | undefined, because: string): Mutant => ({
  id: `limits/retry-after-${name}`,
  fault: value === undefined ? 'does not say how long to wait' : `says to wait for "${value}"`,
  ...tooMany,
  because,
  ...changes((answer) => headed(answer, { 'retry-after': value })),
})

const quota = (name: string, fault: string, because: string, make: Fault): Mutant => ({
  id: `limits/quota-${name}`,
  fault,
  killedBy: ['createSession/409/conflict/session-quota'],
  because,
  make: () => on('createSession', make),
})

const isQuota = 409

const withoutReason = ({ error: { details: _details, ...error } }: Refusal) => ({ error })

export const limits: readonly Mutant[] = [
  retryAfter('date', 'Fri, 31 Dec 2027 23:59:59 GMT', 'Retry-After must be integer'),
  retryAfter('zero', '0', 'Retry-After must be >= 1'),
  retryAfter('fraction', '1.5', 'Retry-After must be integer'),
  retryAfter('negative', '-1', 'Retry-After must be integer'),
  retryAfter('with-unit', '20s', 'Retry-After must be integer'),
  retryAfter('empty', '', 'Retry-After must be integer'),
  {
    id: 'limits/no-reason',
    fault: 'does not say what there was too much of',
    ...tooMany,
    because: "must have required property 'details'",
    ...changes((answer) => edited<Refusal>(answer, withoutReason)),
  },
  {
    id: 'limits/another-reason',
    fault: 'names something else that there was too much of',
    ...tooMany,
    because: /details\.reason is (presence|starts) instead of/,
    ...changes((answer) =>
      edited<Refusal>(answer, ({ error }) => ({
        error: { ...error, details: { reason: error.details?.reason === 'presence' ? 'starts' : 'presence' } },
      })),
    ),
  },
  {
    id: 'limits/says-why',
    fault: 'answers a token that is almost right otherwise than a malformed one, once there were too many',
    killedBy: ['*/429/rate_limited/wrong-tokens'],
    because: 'tell how near a guess is',
    make: ({ tokens }) =>
      on(
        ({ headers }) => headers.authorization?.startsWith(`Bearer ${tokens.full?.slice(0, 8)}`) ?? false,
        answersWith(429, (answer) =>
          edited<Refusal>(answer, ({ error }) =>
            error.details?.reason === 'wrong_tokens' ? { error: { ...error, message: 'nearly' } } : { error },
          ),
        ),
      ),
  },
  {
    id: 'limits/valid-tokens-too',
    fault: 'refuses valid tokens from an address that sent too many wrong ones',
    killedBy: ['*/despite-wrong-tokens'],
    because: 'answered 429 instead of',
    make: () => {
      const refused = new Set<string>()
      return async (asked, ask) => {
        const answer = await ask(asked)
        const from = asked.headers['x-forwarded-for']
        if (from === undefined) return answer
        if (answer.status === 429 && bodyOf<Refusal>(answer).error.details?.reason === 'wrong_tokens') refused.add(from)
        return refused.has(from) && asked.caller !== undefined
          ? edited(refuse(429, 'rate_limited', 'no', { 'retry-after': '60' }), withWrongTokens)
          : answer
      }
    },
  },
  quota(
    'without-reason',
    'does not say of what there are too many',
    "must have required property 'details'",
    answersWith(isQuota, (answer) => edited<Refusal>(answer, withoutReason)),
  ),
  quota(
    'with-retry-after',
    'says to wait where waiting does not help',
    'no waiting helps',
    answersWith(isQuota, (answer) => headed(answer, { 'retry-after': '60' })),
  ),
  {
    id: 'limits/quota-ignored',
    fault: 'makes sessions without end',
    killedBy: ['createSession/409/conflict/session-quota'],
    because: 'answered 201 instead of 409',
    make: (target) =>
      on(
        'createSession',
        insteadOf(isQuota, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'limits/pace-before-validation',
    fault: 'looks at the pace before it looks at what was said',
    killedBy: ['*/422/validation_error/before-rate-limit'],
    because: 'answered 429 instead of',
    touches: ['*/400|401|403|404|422/-/changes-nothing'],
    make: () =>
      on(['startSession', 'restartSession', 'sessionPairingCode', 'setChatPresence'], async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 422 || !asked.query.has('unknown')) return answer
        const paced = await ask(withQuery(asked, { unknown: undefined }))
        return paced.status === 429 ? paced : answer
      }),
  },
]

const withWrongTokens = (body: unknown) => {
  const { error } = isObject(body) ? (body as unknown as Refusal) : { error: {} }
  return { error: { ...error, details: { reason: 'wrong_tokens' } } }
}
