/** Servers that look at things in the wrong order, and so tell callers what they need not know. */
import { operationIds, operations } from '../../parley.ts'
import { type Asked, answersWith, as, insteadOf, look, maxBodyBytes, on, refuse } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

interface Fault {
  name: string
  words: string
  is: (asked: Asked) => boolean
  /** Operations that can have it. */
  of: (typeof operationIds)[number][]
}

const withBody = operationIds.filter((id) => operations[id].hasBody)
const takes = (name: string) => operationIds.filter((id) => name in operations[id].parameters.query)
const named = (name: string) => operationIds.filter((id) => name in operations[id].parameters.path)
const typeOf = ({ headers }: Asked) => headers['content-type'] ?? ''

const faults: readonly Fault[] = [
  {
    name: 'query-unknown',
    words: 'a name in the query',
    is: ({ query }) => query.has('unknown'),
    of: [...operationIds],
  },
  {
    name: 'query-encoding',
    words: 'how the query is encoded',
    is: ({ target }) => target.includes('%zz=1'),
    of: [...operationIds],
  },
  {
    name: 'path-encoding',
    words: 'how the path is encoded',
    is: ({ target }) => target.includes('sess_%zz'),
    of: operationIds.filter((id) => operations[id].path.includes('{')),
  },
  { name: 'limit-negative', words: 'limit', is: ({ query }) => query.get('limit') === '-1', of: takes('limit') },
  {
    name: 'cursor-not-url-safe',
    words: 'a cursor',
    is: ({ query }) => query.get('cursor') === 'a+b/c=',
    of: takes('cursor'),
  },
  {
    name: 'chat-too-long',
    words: 'the length of a chat name',
    is: ({ cid }) => cid.length > 128,
    of: named('cid').filter((id) => !operations[id].live),
  },
  {
    name: 'key-with-space',
    words: 'an idempotency key',
    is: ({ headers }) => headers['idempotency-key'] === 'two words',
    of: operationIds.filter((id) => operations[id].idempotencyKey),
  },
  {
    name: 'body-not-json',
    words: 'whether the body is JSON',
    is: ({ bytes }) => bytes?.toString() === '{',
    of: withBody,
  },
  {
    name: 'body-too-large',
    words: 'the size of the body',
    is: ({ bytes }) => (bytes?.length ?? 0) > maxBodyBytes,
    of: withBody.filter((id) => operations[id].maxBodyBytes === maxBodyBytes),
  },
  { name: 'body-type-text', words: 'the media type', is: (asked) => typeOf(asked) === 'text/plain', of: withBody },
  {
    name: 'body-compressed',
    words: 'the coding',
    is: ({ headers }) => headers['content-encoding'] === 'gzip',
    of: withBody,
  },
  {
    name: 'body-member-unknown',
    words: 'the members of the body',
    is: ({ bytes, body }) => bytes !== undefined && (body as { unknown?: unknown } | undefined)?.unknown === true,
    of: withBody,
  },
]

const at = (ids: Fault['of'], variant: string) => ids.map((id) => `${id}/${variant}`)

/** Of those in the path, one has another session and the other is no unknown chat any more. */
const survivesSession = ({ name }: Fault) => name !== 'path-encoding'
const survivesChat = ({ name }: Fault) => name !== 'path-encoding' && name !== 'chat-too-long'

const tooEarly = (fault: Fault): Mutant[] => {
  const { name, words, is, of } = fault
  const because = new RegExp(`^with ${name}: answered \\d+ instead of 40`)
  const sessions = of.filter((id) => 'session' in operations[id].parameters.path)
  const chats = sessions.filter((id) => 'cid' in operations[id].parameters.path && !operations[id].live)
  const restricted = of.filter((id) => operations[id].capabilities.length < 3)
  return [
    {
      id: `order/before-token/${name}`,
      fault: `looks at ${words} before it asks who calls`,
      killedBy: at(of, '401/unauthorized/before-validation'),
      because,
      make: (target) =>
        on(
          is,
          insteadOf(401, (asked, ask) => ask(as(asked, target, 'full'))),
        ),
    },
    {
      id: `order/before-capability/${name}`,
      fault: `looks at ${words} before it asks what the caller may`,
      killedBy: at(restricted, '403/forbidden/before-validation'),
      because,
      make: (target) =>
        on(
          is,
          insteadOf(403, (asked, ask) => ask(as(asked, target, 'full'))),
        ),
    },
    ...(!survivesSession(fault) || sessions.length === 0
      ? []
      : [
          {
            id: `order/session-before/${name}`,
            fault: `looks for the session before it looks at ${words}`,
            killedBy: at(sessions, '422/validation_error/before-session-unknown'),
            because: new RegExp(`^with ${name}: answered 404 instead of`),
            make: ({ fixtures }) =>
              on(
                (asked) => is(asked) && asked.session === fixtures.unknownSession,
                answersWith([400, 413, 415, 422], () => refuse(404, 'not_found')),
              ),
          } satisfies Mutant,
        ]),
    ...(!survivesChat(fault) || chats.length === 0
      ? []
      : [
          {
            id: `order/chat-before/${name}`,
            fault: `looks for the chat before it looks at ${words}`,
            killedBy: at(chats, '422/validation_error/before-chat-unknown'),
            because: new RegExp(`^with ${name}: answered 404 instead of`),
            make: ({ fixtures }) =>
              on(
                (asked) => is(asked) && asked.cid === fixtures.unknownChat,
                answersWith([400, 413, 415, 422], () => refuse(404, 'not_found')),
              ),
          } satisfies Mutant,
        ]),
  ]
}

/** With a second fault, which breaks the schema. */
const schemaFirst = ({ name, words, is, of }: Fault): Mutant => ({
  id: `order/schema-before/${name}`,
  fault: `looks at the schema before it looks at ${words}`,
  killedBy: at(of, '400/validation_error/before-schema'),
  because: new RegExp(`^with ${name}: answered 422 instead of 4`),
  make: () =>
    on(
      (asked) => is(asked) && asked.query.has('unknown'),
      answersWith([400, 413, 415], () => refuse(422, 'validation_error')),
    ),
})

const isUnreadable = ({ name }: Fault) => /encoding|not-json|too-large|type-text|compressed/.test(name)

export const order: readonly Mutant[] = [
  ...faults.flatMap(tooEarly),
  ...faults.filter(isUnreadable).map(schemaFirst),
  {
    id: 'order/validation-before-garbage',
    fault: 'looks at what was said before it verifies a token that it was given',
    killedBy: ['*/401/unauthorized/before-validation'],
    because: /answered 4\d\d instead of 401/,
    make: (target) =>
      on(
        (asked) => faults.some(({ is }) => is(asked)) && asked.headers.authorization !== undefined,
        insteadOf(401, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'order/session-before-token',
    fault: 'looks for the session before it asks who calls',
    killedBy: ['*/401/unauthorized/before-session-unknown'],
    because: 'answered 404 instead of 401',
    make: (target) =>
      on(
        ({ session }) => session !== '',
        insteadOf(401, async (asked, ask) => {
          const found = await ask(as(look(asked, `/sessions/${encodeURIComponent(asked.session)}`), target, 'full'))
          return found.status === 404 ? refuse(404, 'not_found') : ask(asked)
        }),
      ),
  },
  {
    id: 'order/session-before-capability',
    fault: 'looks for the session before it asks what the caller may',
    killedBy: ['*/403/forbidden/before-session-unknown'],
    because: 'answered 404 instead of 403',
    make: (target) =>
      on(
        ({ session }) => session !== '',
        insteadOf(403, async (asked, ask) => {
          const found = await ask(as(look(asked, `/sessions/${encodeURIComponent(asked.session)}`), target, 'full'))
          return found.status === 404 ? refuse(404, 'not_found') : ask(asked)
        }),
      ),
  },
  {
    id: 'order/client-before-validation',
    fault: 'looks for a connected client before it looks at what was said',
    killedBy: ['setChatPresence/422/validation_error/before-session-offline'],
    because: 'answered 501 instead of',
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === 'setChatPresence' && session === fixtures.offlineSession,
        answersWith([400, 422], () => refuse(501, 'not_implemented')),
      ),
  },
]
