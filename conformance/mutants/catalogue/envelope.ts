/** Servers that say what is right in the wrong form. */

import type { WireAnswer } from '../../transport.ts'
import { answers, edited, headed, isObject, on } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

interface Envelope {
  error: { code: string; message: string; details?: unknown }
}

const errors = (change: (answer: WireAnswer) => WireAnswer): Pick<Mutant, 'make'> => ({
  make: () => answers((answer) => (answer.status >= 400 ? change(answer) : answer)),
})
const successes = (change: (answer: WireAnswer) => WireAnswer): Pick<Mutant, 'make'> => ({
  make: () => answers((answer) => (answer.status < 300 && answer.bytes.length > 0 ? change(answer) : answer)),
})

/** Every refusal sees it, and what follows one stumbles over it; these see it first. */
const everyError: Pick<Mutant, 'killedBy' | 'touches'> = {
  killedBy: [
    'getSession/401/unauthorized/token-absent',
    'listChats/403/forbidden/token-send-only',
    'getChat/404/not_found/chat-unknown',
    'startSession/405/method_not_allowed/method-patch',
    'sessionQR/409/conflict/session-paired',
    'setChatPresence/413/payload_too_large/body-over-1-mib',
    'setChatPresence/415/unsupported_media_type/type-text',
    'setChatPresence/501/not_implemented/session-offline',
    'setChatPresence/400/validation_error/json-truncated',
    'setChatPresence/400|422/validation_error/state-missing',
    'gateway/404/not_found/path-unknown',
  ],
  touches: ['*'],
}

export const envelope: readonly Mutant[] = [
  {
    id: 'envelope/flat',
    fault: 'answers errors without the envelope',
    ...everyError,
    because: /must have required property 'error'|the body is not the error envelope|Content-Type is/,
    ...errors((answer) => edited<Envelope>(answer, ({ error }) => error)),
  },
  {
    id: 'envelope/problem-json',
    fault: 'answers errors as application/problem+json',
    ...everyError,
    because: /Content-Type is application\/problem\+json|the body is not the error envelope/,
    ...errors((answer) => headed(answer, { 'content-type': 'application/problem+json' })),
  },
  {
    id: 'envelope/success-wrapped',
    fault: 'wraps every answer in another object',
    killedBy: ['listSessions/200/-/own-sessions', 'getSession/200/-/own-session', 'createSession/201/-/labelled'],
    because: 'must have required property',
    touches: ['*'],
    ...successes((answer) => edited(answer, (body) => ({ result: body }))),
  },
  {
    id: 'envelope/byte-order-mark',
    fault: 'begins its JSON with a byte order mark',
    killedBy: ['listSessions/200/-/own-sessions', 'getSession/200/-/own-session'],
    because: 'the body is not JSON',
    touches: ['*'],
    ...successes((answer) => ({ ...answer, bytes: Buffer.concat([Buffer.from('\ufeff'), answer.bytes]) })),
  },
  {
    id: 'envelope/latin-1',
    fault: 'writes its JSON in Latin-1',
    killedBy: ['createSession/201/-/label-of-100'],
    because: 'the body is not UTF-8',
    touches: ['createSession/201/-/label-of-100-emoji', 'createSession/201/-/label-as-it-is'],
    make: () =>
      on(
        'createSession',
        answers((answer) =>
          answer.status === 201 ? { ...answer, bytes: Buffer.from(answer.bytes.toString('utf8'), 'latin1') } : answer,
        ),
      ),
  },
  {
    id: 'envelope/null-for-absent',
    fault: 'answers null for what has no value',
    killedBy: ['createSession/201/-/defaults', 'createSession/201/-/body-absent'],
    because: 'must be string',
    touches: ['*'],
    ...successes((answer) => edited(answer, (body) => withNulls(body))),
  },
  {
    id: 'envelope/snake-case',
    fault: 'writes names of members with underscores',
    killedBy: ['listSessions/200/-/own-sessions', 'getChat/200/-/stored-chat', 'listChatMessages/200/-/newest-page'],
    because: 'must have required property',
    touches: ['*'],
    ...successes((answer) => edited(answer, snaked)),
  },
]

/** Sessions always have a label. */
const withNulls = (body: unknown): unknown => {
  if (!isObject(body)) return body
  if (Array.isArray(body.data)) return { ...body, data: body.data.map(withNulls) }
  return 'gatewayId' in body ? { label: null, ...body } : body
}

const snaked = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(snaked)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snaked(member),
    ]),
  )
}
