/** Servers that take what is almost right: words, names of members, JIDs. */
import { suite } from '../../cases/index.ts'
import { operationIds, operations } from '../../parley.ts'
import { type Asked, hears, insteadOf, on, withMembers } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const withBodies = operationIds.filter((id) => operations[id].hasBody)
const withChats = operationIds.filter((id) => 'cid' in operations[id].parameters.path)
const live = withChats.filter((id) => operations[id].live)
const stored = withChats.filter((id) => !operations[id].live)

const wrong = (variant: string) => `*/400|422/validation_error/${variant}`

/** Reads each word of a body in a way of its own, where the right server refuses it. */
const reads = (name: string, fault: string, variant: string, read: (word: string) => string): Mutant => ({
  id: `near/${name}`,
  fault,
  killedBy: [wrong(`state-${variant}`)],
  because: 'answered 204 instead of 400 or 422',
  // Who is lenient in one way is so in others.
  touches: [wrong('state-*')],
  make: () =>
    on(
      'setChatPresence',
      insteadOf([400, 422], (asked, ask) =>
        ask(
          withMembers(asked, (body) => (typeof body.state === 'string' ? { ...body, state: read(body.state) } : body)),
        ),
      ),
    ),
})

const states = ['composing', 'recording', 'paused']

/** Drops members that the right server refuses. */
const drops = (
  name: string,
  fault: string,
  variant: string,
  isDropped: (member: string, value: unknown) => boolean,
) => ({
  id: `near/${name}`,
  fault,
  killedBy: [wrong(variant)],
  because: /^answered 2\d\d instead of 400 or 422/,
  touches: [wrong('*-null')],
  make: () =>
    on(
      withBodies,
      insteadOf([400, 422], (asked, ask) =>
        ask(
          withMembers(asked, (body) =>
            Object.fromEntries(Object.entries(body).filter(([member, value]) => !isDropped(member, value))),
          ),
        ),
      ),
    ),
})

const knownNames = ({ operationId }: Asked) => Object.keys(suite.bases.get(operationId ?? '')?.body ?? {})

/** Takes a chat name for another one. */
const takes = (name: string, fault: string, variant: string, read: (cid: string) => string): Mutant => ({
  id: `near/jid-${name}`,
  fault,
  killedBy: [wrong(`chat-${variant}`)],
  because: 'answered 204 instead of 400 or 422',
  make: () =>
    on(
      [...live],
      insteadOf([400, 422], (asked, ask) => {
        const other = read(asked.cid)
        return ask(other === asked.cid ? asked : withChat(asked, other))
      }),
    ),
})

const withChat = (asked: Asked, cid: string): Asked => ({
  ...asked,
  cid,
  target: asked.target.replace(/\/chats\/[^/?]+/, `/chats/${encodeURIComponent(cid)}`),
})

/** Finds a stored chat where the right server finds none. */
const finds = (
  name: string,
  fault: string,
  variant: string,
  read: (asked: Asked, known: string) => string | undefined,
): Mutant => ({
  id: `near/chat-${name}`,
  fault,
  killedBy: stored.map((id) => `${id}/404/not_found/chat-${variant}`),
  because: 'answered 200 instead of 404',
  make: (target) => {
    const known = [target.fixtures.chat?.id, target.fixtures.otherChat?.id].filter((id) => id !== undefined)
    return on(
      [...stored],
      insteadOf(404, (asked, ask) => {
        const found = known.map((id) => read(asked, id)).find((id) => id !== undefined)
        return ask(found === undefined ? asked : withChat(asked, found))
      }),
    )
  },
})

const person = '628123456789@s.whatsapp.net'

export const nearValues: readonly Mutant[] = [
  reads('word-case', 'reads words in any case', 'capital', (word) => word.toLowerCase()),
  reads('word-trimmed-before', 'ignores spaces in front of a word', 'space-before', (word) => word.trimStart()),
  reads('word-to-the-line', 'reads a word to the end of its line', 'line-break', (word) => word.split('\n')[0] ?? word),
  reads('word-begun', 'takes the beginning of a word for the word', 'cut', (word) =>
    word === '' ? word : (states.find((state) => state.startsWith(word)) ?? word),
  ),
  reads('word-in-it', 'takes whatever begins with a word', 'longer', (word) =>
    /^\w+$/.test(word) ? (states.find((state) => word.startsWith(state)) ?? word) : word,
  ),
  reads('first-word', 'takes the first of several words', 'two', (word) => word.split(',')[0] ?? word),
  reads('word-to-nul', 'reads a word to U+0000', 'nul', (word) => word.split('\u0000')[0] ?? word),
  drops('member-null', 'takes null for a member that is not there', 'member-null', (_member, value) => value === null),
  drops('member-proto', 'ignores __proto__', 'member-proto', (member) => member === '__proto__'),
  {
    id: 'near/member-case',
    fault: 'reads names of members in any case',
    killedBy: [wrong('member-in-capitals')],
    because: /^answered 2\d\d instead of 400 or 422/,
    make: () =>
      on(
        withBodies,
        insteadOf([400, 422], (asked, ask) => {
          const names = knownNames(asked).map((name) => name.toUpperCase())
          const isKnown = (member: string) => !names.includes(member)
          return ask(
            withMembers(asked, (body) =>
              Object.fromEntries(Object.entries(body).filter(([member]) => isKnown(member))),
            ),
          )
        }),
      ),
  },
  takes('number-alone', 'takes a number for a JID', 'number-alone', (cid) => (/^\d+$/.test(cid) ? person : cid)),
  takes('plus', 'ignores a plus in front of a number', 'with-plus', (cid) => cid.replace(/^\+/, '')),
  takes('letters', 'ignores letters in a number', 'with-letter', (cid) => cid.replace(/^(\d+)x@/, '$1@')),
  takes('leading-zero', 'ignores a zero in front of a number', 'leading-zero', (cid) => cid.replace(/^0/, '')),
  takes('server-case', 'reads servers in any case', 'server-capitals', (cid) => cid.toLowerCase()),
  takes('server-begun', 'looks at the beginning of a server only', 'server-longer', (cid) =>
    cid.replace(/\.example$/, ''),
  ),
  takes('any-server', 'takes any server', 'server-unknown', (cid) => cid.replace(/@example\.com$/, '@s.whatsapp.net')),
  takes('old-server', 'takes the server that WhatsApp Web had', 'server-of-old', (cid) =>
    cid.replace(/@c\.us$/, '@s.whatsapp.net'),
  ),
  takes('broadcast', 'shows a presence in a broadcast list', 'broadcast', (cid) =>
    cid.replace(/^(\d+)@broadcast$/, '$1@s.whatsapp.net'),
  ),
  takes('status', 'shows a presence in status updates', 'status', (cid) => (cid === 'status@broadcast' ? person : cid)),
  takes('no-user', 'takes a server for a JID', 'without-user', (cid) => cid.replace(/^@/, '628123456789@')),
  takes('space', 'ignores a space in front of a JID', 'with-space', (cid) => cid.trimStart()),
  takes('decoded-twice', 'decodes a path twice', 'encoded-twice', (cid) => cid.replace('%40', '@')),
  {
    id: 'near/jid-old-group-refused',
    fault: 'does not know groups of the old style',
    killedBy: ['*/chat-group-old-style'],
    because: 'answered 422 instead of 204',
    make: () =>
      on(
        [...live],
        hears((asked) => (asked.cid.includes('-') ? withChat(asked, 'old') : asked)),
      ),
  },
  finds('decoded-twice', 'decodes a path twice', 'encoded-twice', ({ cid }, known) =>
    cid.replace('%40', '@') === known ? known : undefined,
  ),
  finds('by-number', 'finds a chat by its number alone', 'number-alone', ({ cid }, known) =>
    known.split('@')[0] === cid ? known : undefined,
  ),
  finds('by-beginning', 'finds a chat by the beginning of its JID', 'cut', ({ cid }, known) =>
    cid.length > 10 && cid.includes('@') && known.startsWith(cid) ? known : undefined,
  ),
]
