/** Servers that change messages otherwise than they say, or messages that are not to be changed. */
import type { Schemas } from '../../contract.ts'
import { edited, insteadOf, look, on, refuse, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { anySession, appliesAtOnce, type Change, pathIn, someMessage } from './changes.ts'

type Message = Schemas['Message']

const edit = 'editMessage'
const revoke = 'revokeMessage'

/** Says 200 of messages that somebody else wrote. */
const changesOthers = (operationId: Change): Mutant => ({
  id: `changing/others/${operationId}`,
  fault: `says that it changes messages of somebody else (${operationId})`,
  killedBy: [`${operationId}/409/conflict/not-own`],
  because: 'answered 200 instead of 409',
  make: ({ fixtures }) =>
    on(
      (asked) => asked.operationId === operationId && asked.session === fixtures.liveSession,
      insteadOf(409, (asked, ask) => ask(look(asked, pathIn(asked.target, fixtures.liveSession)))),
    ),
})

const deletedOf = ({ body: _, mentions: __, mentionNames: ___, ...rest }: Message): Message => ({
  ...rest,
  deleted: true,
})

const stored: Mutant[] = [
  {
    id: 'changing/edit-not-stored',
    fault: 'answers an edit with the new words, and keeps the old ones',
    killedBy: [`${edit}/200/-/read-back`],
    because: 'getMessage shows other words',
    touches: [`${edit}/20*`],
    make: () =>
      shows<Message>('getMessage', (message) =>
        message.edited ? { ...message, body: 'old words', edited: false } : message,
      ),
  },
  {
    id: 'changing/edit-keeps-mentions',
    fault: 'keeps the mentions of the old words',
    killedBy: [`${edit}/200/-/read-back`],
    because: 'it mentions 6281234567890@s.whatsapp.net',
    touches: [`${edit}/20*`],
    make: () =>
      shows<Message>('getMessage', (message) =>
        message.edited && !message.deleted ? { ...message, mentions: ['6281234567890@s.whatsapp.net'] } : message,
      ),
  },
  {
    id: 'changing/edit-moves',
    fault: 'gives an edited message the time of the edit',
    killedBy: [`${edit}/200/-/read-back`],
    because: 'the edit has changed more than the words',
    touches: [`${edit}/20*`],
    make: () =>
      shows<Message>('getMessage', (message) =>
        message.edited ? { ...message, timestamp: message.timestamp + 60_000 } : message,
      ),
  },
  {
    id: 'changing/edits-deleted',
    fault: 'says that it edits a message that was deleted',
    killedBy: [`${edit}/409/conflict/deleted`],
    because: 'answered 200 instead of 409',
    make: ({ fixtures }) =>
      on(
        (asked) => asked.operationId === edit && asked.session === fixtures.sendingSession,
        insteadOf(409, (asked, ask) => ask(look(asked, pathIn(asked.target, fixtures.sendingSession)))),
      ),
  },
  {
    id: 'changing/revoke-not-stored',
    fault: 'says that a message is deleted, and shows it still',
    killedBy: [`${revoke}/200/-/read-back`],
    because: 'getMessage still shows it',
    touches: [`${revoke}/20*`],
    make: () =>
      shows<Message>('getMessage', (message) =>
        message.deleted ? { ...message, body: 'still here', deleted: false } : message,
      ),
  },
  {
    id: 'changing/revoke-once',
    fault: 'refuses to delete a message a second time',
    killedBy: [`${revoke}/200/-/read-back`],
    because: 'answered 409 instead of 200',
    touches: [`${revoke}/200/*`, `${revoke}/40*`],
    make: () => {
      const gone = new Set<string>()
      return on(revoke, async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.query.size > 0) return answer
        const path = pathIn(asked.target, asked.session)
        if (gone.has(path)) return refuse(409, 'conflict')
        gone.add(path)
        return answer
      })
    },
  },
  {
    id: 'changing/waiting-kept',
    fault: 'says that a message which waits will not be sent, and keeps it waiting',
    killedBy: [`${revoke}/200/-/cancelled`],
    because: 'the answer shows it as pending',
    make: ({ fixtures }) =>
      on(
        ({ operationId, session, query }) =>
          operationId === revoke && session === fixtures.offlineSession && query.get('async') === 'true',
        (asked, ask) => ask(look(asked, pathIn(asked.target, fixtures.offlineSession))),
      ),
  },
  {
    id: 'changing/cancelled-as-deleted',
    fault: 'shows a message that was never sent as deleted',
    killedBy: [`${revoke}/200/-/cancelled`],
    because: 'the answer shows it as deleted',
    make: ({ fixtures }) =>
      shows<Message>(revoke, (message, { session }) =>
        session === fixtures.offlineSession ? deletedOf(message) : message,
      ),
  },
  {
    id: 'changing/revokes-all',
    fault: 'deletes the whole chat with a message',
    killedBy: [`${revoke}/200/-/untouched`],
    because: 'another message was deleted, too',
    touches: [
      'addReaction/20*',
      'removeReaction/20*',
      'voteMessage/20*',
      'forwardMessage/200/-/same-content',
      `${edit}/*`,
      `${revoke}/*`,
      'sendMessage/*',
      'getMessage/*',
    ],
    make: ({ fixtures }) => {
      let isEmpty = false
      return async (asked, ask) => {
        const answer = await ask(asked)
        if (asked.session !== fixtures.sendingSession || answer.status >= 300) return answer
        if (asked.operationId === revoke) isEmpty = true
        return isEmpty && asked.operationId === 'getMessage' ? edited<Message>(answer, deletedOf) : answer
      }
    },
  },
]

export const changing: readonly Mutant[] = [
  ...([edit, revoke] as const).flatMap((operationId) => [
    changesOthers(operationId),
    anySession(operationId),
    someMessage(operationId),
  ]),
  appliesAtOnce(edit, 'the answer shows the edit already', (message) => ({ ...message, body: 'later', edited: true })),
  appliesAtOnce(revoke, 'the answer shows it as deleted already', deletedOf),
  ...stored,
]
