/** Servers that are different and no worse. A suite that fails one of them asks for more than the contract does. */
import type { Schemas } from '../../contract.ts'
import {
  answers,
  answersWith,
  bodyOf,
  edited,
  headed,
  hears,
  isObject,
  on,
  reply,
  withMembers,
  withQuery,
} from '../fault.ts'
import type { Equivalent } from '../mutant.ts'
import { limitOf } from '../paging.ts'
import { equivalentDeliveries } from './deliveries.ts'
import { equivalentAnswers } from './equivalent-answers.ts'
import { equivalentNetworks } from './equivalent-networks.ts'
import { equivalentPlaces } from './places.ts'

const json = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
  (headers['content-type'] ?? '').startsWith('application/json')

export const equivalents: readonly Equivalent[] = [
  ...equivalentAnswers,
  ...equivalentDeliveries,
  ...equivalentNetworks,
  ...equivalentPlaces,
  {
    id: 'equivalent/400-for-422',
    does: 'answers 400 to whatever breaks the schema',
    because: 'a target may choose, as long as it does so everywhere (choices.validationStatus)',
    make: () => answersWith(422, (answer) => ({ ...answer, status: 400 })),
  },
  {
    id: 'equivalent/more-members',
    does: 'answers with members that the contract does not have, another value each time',
    because: 'new members may appear in answers at any time, and a client must tolerate them',
    make: () => {
      let count = 0
      return answers((answer) =>
        answer.status < 300
          ? edited(answer, (body) => (isObject(body) ? { ...body, servedAs: count++ } : body))
          : answer,
      )
    },
  },
  {
    id: 'equivalent/more-members-within',
    does: 'answers with more members in the entries of lists',
    because: 'new members may appear in answers at any time, and a client must tolerate them',
    make: () => {
      let count = 0
      return answers((answer) =>
        answer.status < 300
          ? edited<unknown>(answer, (body) =>
              isObject(body) && Array.isArray(body.data)
                ? { ...body, data: body.data.map((entry) => ({ ...entry, rank: count++ })) }
                : body,
            )
          : answer,
      )
    },
  },
  {
    id: 'equivalent/charset-named',
    does: 'calls its JSON application/json; charset=utf-8',
    because: 'a parameter does not make it another media type',
    make: () =>
      answers((answer) =>
        json(answer) ? headed(answer, { 'content-type': 'application/json; charset=utf-8' }) : answer,
      ),
  },
  {
    id: 'equivalent/json-indented',
    does: 'writes its JSON with spaces, and members in another order',
    because: 'it is the same JSON',
    make: () => {
      let count = 0
      return answers((answer) => {
        if (!json(answer) || answer.bytes.length === 0 || answer.status >= 400) return answer
        const body = bodyOf<unknown>(answer)
        const turned = isObject(body) && count++ % 2 === 0 ? Object.fromEntries(Object.entries(body).reverse()) : body
        return { ...answer, bytes: Buffer.from(JSON.stringify(turned, undefined, 2)) }
      })
    },
  },
  {
    id: 'equivalent/other-words',
    does: 'says in other words what is wrong',
    because: 'messages are for people, and their wording may change',
    make: () =>
      answers((answer) =>
        answer.status >= 400
          ? edited<Schemas['NotFoundError']>(answer, ({ error }) => ({ error: { ...error, message: 'Nein.' } }))
          : answer,
      ),
  },
  {
    id: 'equivalent/without-details',
    does: 'gives no details where none are promised',
    because: 'such details are optional',
    make: () =>
      answers((answer) =>
        answer.status > 400 && answer.status !== 422
          ? edited<Schemas['NotFoundError']>(answer, (body) => {
              const { code, message, details } = body.error
              const isPromised = details?.reason ?? details?.messageId ?? details?.path
              return isPromised === undefined ? { error: { code, message } } : body
            })
          : answer,
      ),
  },
  {
    id: 'equivalent/longer-wait',
    does: 'wants callers to wait for another time than ours',
    because: 'the contract says what the time means, and not how long it is',
    make: () => answersWith(429, (answer) => headed(answer, { 'retry-after': '7' })),
  },
  {
    id: 'equivalent/more-headers',
    does: 'sends headers that the contract does not name',
    because: 'it names those that must be there, and no others',
    make: () =>
      answers((answer) => headed(answer, { 'x-served-by': '1', 'cache-control': 'no-store', vary: 'Origin' })),
  },
  {
    id: 'equivalent/realm-named',
    does: 'names a realm in WWW-Authenticate',
    because: 'it says how to authenticate all the same',
    make: () =>
      answersWith(401, (answer) =>
        headed(answer, { 'www-authenticate': 'Bearer realm="gateway", error="invalid_token"' }),
      ),
  },
  {
    id: 'equivalent/allow-with-options',
    does: 'lists HEAD and OPTIONS in Allow, in another order',
    because: 'the path has them',
    make: () =>
      answersWith(405, (answer) => {
        const methods = new Set((answer.headers.allow ?? '').split(',').map((method) => method.trim()))
        if (methods.has('GET')) methods.add('HEAD')
        return headed(answer, { allow: [...methods.add('OPTIONS')].sort().reverse().join(',') })
      }),
  },
  {
    id: 'equivalent/sessions-come-and-go',
    does: 'has a session more each second time, at the end of its list',
    because: 'other callers create and delete sessions while the suite runs',
    make: () => {
      let count = 0
      return on('listSessions', async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method === 'HEAD') return answer
        const { data, nextCursor } = bodyOf<Schemas['SessionList']>(answer)
        const [first] = data
        if (first === undefined || nextCursor !== null || data.length >= limitOf(asked) || count++ % 2 === 0)
          return answer
        const { organizationId, gatewayId, isAdminSession, autoRead, presenceTyping } = first
        const { ratePerMin, ratePerHour, newChatsPerDay } = first
        const id = `sess_7${String(count).padStart(25, '0')}`
        const rest = { isAdminSession, autoRead, presenceTyping, ratePerMin, ratePerHour, newChatsPerDay }
        const times = { createdAt: Date.now(), updatedAt: Date.now() }
        const guest: Schemas['Session'] = { id, organizationId, gatewayId, status: 'stopped', ...rest, ...times }
        return edited<Schemas['SessionList']>(answer, (list) => ({ ...list, data: [...list.data, guest] }))
      })
    },
  },
  {
    id: 'equivalent/empty-last-page',
    does: 'ends lists with an empty page',
    because: 'null is the only end of a list: a page that is short, or empty, is not',
    make: () => {
      const beyond = 'beyond'
      return on(['listChatMessages'], async (asked, ask) => {
        if (asked.query.get('cursor') === beyond) return reply(200, { data: [], nextCursor: null })
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method === 'HEAD') return answer
        return edited<Schemas['MessageList']>(answer, (page) => ({ ...page, nextCursor: page.nextCursor ?? beyond }))
      })
    },
  },
  {
    id: 'equivalent/empty-page-within',
    does: 'has an empty page after the first one',
    because: 'null is the only end of a list: a page that is short, or empty, is not',
    make: () => {
      const second = new Set<string>()
      return on('listChatMessages', async (asked, ask) => {
        const cursor = asked.query.get('cursor')
        if (cursor?.startsWith('past-')) return ask(withQuery(asked, { cursor: cursor.slice('past-'.length) }))
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method === 'HEAD') return answer
        const limit = limitOf(asked)
        if (cursor !== null && second.has(`${limit} ${cursor}`))
          return reply(200, { data: [], nextCursor: `past-${cursor}` })
        const { nextCursor } = bodyOf<Schemas['MessageList']>(answer)
        if (cursor === null && nextCursor !== null) second.add(`${limit} ${nextCursor}`)
        return answer
      })
    },
  },
  {
    id: 'equivalent/shown-as-typing',
    does: 'shows "typing…" whatever the state is',
    because: 'WhatsApp does not confirm a presence: only a second phone could see it',
    make: () =>
      on(
        'setChatPresence',
        hears((asked) =>
          withMembers(asked, (body) => (body.state === 'recording' ? { ...body, state: 'composing' } : body)),
        ),
      ),
  },
  {
    id: 'equivalent/no-aliases',
    does: 'does not tell the other JIDs of a chat',
    because: 'members that have no value are absent, and it knows none',
    make: () =>
      answers((answer, { operationId }) => {
        if (answer.status !== 200) return answer
        const bare = ({ aliases: _aliases, ...chat }: Schemas['Chat']) => chat
        if (operationId === 'getChat' || operationId === 'readChat') return edited<Schemas['Chat']>(answer, bare)
        if (operationId !== 'listChats') return answer
        return edited<Schemas['ChatList']>(answer, (page) => ({ ...page, data: page.data.map(bare) }))
      }),
  },
  {
    id: 'equivalent/slow',
    does: 'takes 30 ms longer for everything',
    because: 'the contract says nothing of time',
    make: () => async (asked, ask) => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      return ask(asked)
    },
  },
]
