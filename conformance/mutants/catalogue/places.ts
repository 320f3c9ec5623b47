/** Servers that say wrongly where a request is wrong. */
import type { Schemas } from '../../contract.ts'
import { type Asked, answersWith, edited, isObject } from '../fault.ts'
import type { Equivalent, Mutant } from '../mutant.ts'

type Place = string
type Errors = { path: Place; message: string }[]

/** Changes where a refusal points. @returns undefined to leave it as it is */
const points = (change: (path: Place, asked: Asked) => Place | undefined): Pick<Mutant, 'make'> =>
  errors((all, asked) => all.map((one) => ({ ...one, path: change(one.path, asked) ?? one.path })))

const errors = (change: (all: Errors, asked: Asked) => Errors): Pick<Mutant, 'make'> => ({
  make: () => async (asked, ask) => {
    const answer = await ask(asked)
    if (![400, 422].includes(answer.status) || asked.method === 'HEAD') return answer
    return edited<{ error: { details?: { errors?: unknown } } }>(answer, ({ error }) =>
      Array.isArray(error.details?.errors)
        ? { error: { ...error, details: { ...error.details, errors: change(error.details.errors as Errors, asked) } } }
        : { error },
    )
  },
})

const wrong = (variant: string) => `*/400|422/validation_error/${variant}`

const one = (mutant: Omit<Mutant, 'because' | 'touches'>): Mutant => ({
  ...mutant,
  because: 'details.errors names',
  touches: ['*/validation_error/*'],
})

/** Changes what the `details.path` of a 404 names. */
const names = (change: (path: Place) => Place | undefined): Pick<Mutant, 'make' | 'because' | 'touches'> => ({
  because: 'details.path is',
  touches: ['*/404/not_found/*'],
  make: () =>
    answersWith(404, (answer) =>
      answer.bytes.length === 0
        ? answer
        : edited<Schemas['NotFoundError']>(answer, ({ error: { details: { path, ...details } = {}, ...error } }) => ({
            error: { ...error, details: { ...details, ...(path !== undefined && { path: change(path) }) } },
          })),
    ),
})

/** What a body or a query names, and is not there. */
const notFoundByName = [
  'sendMessage/404/not_found/quoted-unknown',
  'createWebhook/404/not_found/named-session-unknown',
  'listEvents/404/not_found/filter-session-unknown',
]

export const places: readonly Mutant[] = [
  one({
    id: 'places/body-always',
    fault: 'blames the body, whatever is wrong',
    killedBy: [wrong('query-unknown')],
    ...points(() => '/body'),
  }),
  one({
    id: 'places/query-always',
    fault: 'blames the query, whatever is wrong',
    killedBy: [wrong('member-unknown'), '*/400/validation_error/json-truncated'],
    ...points(() => '/query'),
  }),
  one({
    id: 'places/body-without-member',
    fault: 'does not say which member of a body has a wrong value',
    killedBy: [wrong('state-unknown'), wrong('label-number'), wrong('phone-number')],
    ...points((path) => (path.startsWith('/body/') ? '/body' : undefined)),
  }),
  one({
    id: 'places/query-without-name',
    fault: 'does not say which parameter of a query has a wrong value',
    killedBy: [wrong('limit-negative'), wrong('cursor-garbage')],
    ...points((path) => (path.startsWith('/query/') ? '/query' : undefined)),
  }),
  one({
    id: 'places/another-member',
    fault: 'blames another member than the wrong one',
    killedBy: [wrong('state-unknown'), wrong('label-number'), wrong('phone-number')],
    ...points((path) => (path.startsWith('/body/') ? '/body/version' : undefined)),
  }),
  one({
    id: 'places/another-parameter',
    fault: 'blames the cursor for a wrong limit, and the limit for a wrong cursor',
    killedBy: [wrong('limit-negative'), wrong('cursor-garbage')],
    ...points((path) =>
      path === '/query/limit' ? '/query/cursor' : path === '/query/cursor' ? '/query/limit' : undefined,
    ),
  }),
  one({
    id: 'places/path-as-query',
    fault: 'takes a parameter of the path for one of the query',
    killedBy: [wrong('chat-too-long'), wrong('chat-not-a-jid')],
    ...points((path) => (path.startsWith('/path/') ? path.replace('/path/', '/query/') : undefined)),
  }),
  one({
    id: 'places/path-parameter-of-another-name',
    fault: 'blames the session for a wrong chat name',
    killedBy: [wrong('chat-too-long'), wrong('chat-not-a-jid')],
    ...points((path) => (path === '/path/cid' ? '/path/session' : undefined)),
  }),
  one({
    id: 'places/header-as-body',
    fault: 'takes a header for a member of the body',
    killedBy: [wrong('key-with-space'), wrong('key-of-256')],
    ...points((path) => (path.startsWith('/header/') ? path.replace('/header/', '/body/') : undefined)),
  }),
  one({
    id: 'places/name-cut',
    fault: 'leaves the last letter of each name out',
    killedBy: [wrong('query-unknown'), wrong('member-unknown')],
    ...points((path) => (path.split('/').length > 2 ? path.slice(0, -1) : undefined)),
  }),
  one({
    id: 'places/one-too-many',
    fault: 'blames what is right, too',
    killedBy: [wrong('query-unknown'), wrong('member-unknown'), wrong('limit-negative')],
    ...errors((all) => [...all, { path: '/header/Accept', message: 'is wrong', code: 'other' }]),
  }),
  {
    id: 'places/not-found-nowhere',
    fault: 'does not say which member or parameter names what is not there',
    killedBy: notFoundByName,
    ...names(() => undefined),
  },
  {
    id: 'places/not-found-elsewhere',
    fault: 'says that the path of the URL names what is not there, whatever does',
    killedBy: notFoundByName,
    ...names((path) => path.replace(/^.body|^.query/, '/path')),
  },
]

const isUnknown = (path: Place) => path.endsWith('/unknown')

export const equivalentPlaces: readonly Equivalent[] = [
  {
    id: 'equivalent/places-of-a-validator',
    does: 'names what holds a missing or unknown member, and not the member',
    because: 'there is no such place in the request, and many validators point there',
    ...points((path, { body }) => {
      const [, part, name = ''] = path.split('/')
      const isMissing = part === 'body' && name !== '' && isObject(body) && !(name in body)
      return isUnknown(path) || isMissing ? `/${part}` : undefined
    }),
  },
  {
    id: 'equivalent/header-names-in-lower-case',
    does: 'writes names of headers in lower case',
    because: 'they mean the same in any case',
    ...points((path) => (path.startsWith('/header/') ? path.toLowerCase() : undefined)),
  },
]
