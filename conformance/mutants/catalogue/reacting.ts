/** Servers that react and vote otherwise than they say. */
import type { Schemas } from '../../contract.ts'
import { insteadOf, look, on, shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { anySession, appliesAtOnce, type Change, pathIn, someMessage } from './changes.ts'

type Message = Schemas['Message']
type Poll = NonNullable<Message['poll']>
type Reaction = NonNullable<Message['reactions']>[number]

const add = 'addReaction'
const remove = 'removeReaction'
const vote = 'voteMessage'

const withReactions = ({ reactions: _, ...message }: Message, reactions: Reaction[]): Message => ({
  ...message,
  ...(reactions.length > 0 && { reactions }),
})

const theirs = ({ reactions = [] }: Message) => reactions.filter(({ fromMe }) => !fromMe)
const thumb: Reaction = { emoji: '👍', fromMe: true, timestamp: 1_768_468_540_000 }
const withThumb = (message: Message) => withReactions(message, [...theirs(message), thumb])

/** The poll with this vote of the account, and no other of it; counted. */
const withVote = (message: Message, options: string[]): Message => {
  if (message.poll === undefined) return message
  const others = message.poll.voters.filter(({ fromMe }) => !fromMe)
  const own = options.length > 0 ? [{ options, fromMe: true, timestamp: 1_768_468_660_000 }] : []
  const voters = [...others, ...own]
  const votesFor = (name: string) => voters.filter((voter) => voter.options.includes(name)).length
  const poll: Poll = {
    ...message.poll,
    voters,
    options: message.poll.options.map(({ name }) => ({ name, votes: votesFor(name) })),
  }
  return { ...message, poll }
}

const chosenBy = ({ poll }: Message) => poll?.voters.find(({ fromMe }) => fromMe)?.options ?? []

/** Says 200 of what was deleted. */
const says200OfDeleted = (operationId: Change): Mutant => ({
  id: `reacting/deleted/${operationId}`,
  fault: `says that it changes a message that was deleted (${operationId})`,
  killedBy: [`${operationId}/409/conflict/deleted`],
  because: 'answered 200 instead of 409',
  touches: [`${operationId}/409/*`],
  make: ({ fixtures }) =>
    on(
      operationId,
      insteadOf(409, (asked, ask) => ask(look(asked, pathIn(asked.target, fixtures.sendingSession)))),
    ),
})

/** Says 200 of a call that is to be refused. */
const says200 = (
  { id, fault, killedBy }: Pick<Mutant, 'id' | 'fault'> & { killedBy: string },
  status: number,
  which: (body: { options?: unknown }) => boolean,
  touches: string[] = [],
): Mutant => ({
  id,
  fault,
  killedBy: [killedBy],
  because: 'answered 200 instead of',
  touches,
  make: ({ fixtures }) =>
    on(
      ({ operationId, body }) => operationId === vote && which((body ?? {}) as { options?: unknown }),
      insteadOf(status, (asked, ask) => ask(look(asked, pathIn(asked.target, fixtures.sendingSession)))),
    ),
})

const chooses = (wanted: string) => (body: { options?: unknown }) => String(body.options) === wanted

const reactions: Mutant[] = [
  {
    id: 'reacting/not-stored',
    fault: 'answers with a reaction, and does not store it',
    killedBy: [`${add}/200/-/read-back`],
    because: 'getMessage shows none',
    touches: [`${add}/20*`],
    make: () => shows<Message>('getMessage', (message) => withReactions(message, theirs(message))),
  },
  {
    id: 'reacting/first-stays',
    fault: 'keeps the first reaction of the account',
    killedBy: [`${add}/200/-/read-back`],
    because: 'the answer shows 👍',
    touches: [`${add}/20*`],
    make: () =>
      shows<Message>(add, (message) =>
        message.reactions?.some(({ emoji }) => emoji === '❤️') ? withThumb(message) : message,
      ),
  },
  {
    id: 'reacting/first-character',
    fault: 'cuts an emoji after its first character',
    killedBy: [`${add}/200/-/emoji-of-several-characters`],
    because: 'the answer shows',
    touches: [`${add}/20*`],
    make: () =>
      shows<Message>(add, (message) =>
        withReactions(
          message,
          (message.reactions ?? []).map((one) =>
            one.emoji === '❤️' ? one : { ...one, emoji: [...one.emoji][0] ?? '' },
          ),
        ),
      ),
  },
  ...([add, remove] as const).map(
    (operationId): Mutant => ({
      id: `reacting/others-lost/${operationId}`,
      fault: `drops the reactions of others (${operationId})`,
      killedBy: [`${operationId}/200/-/beside-others`],
      because: operationId === add ? 'the reaction of somebody else is another' : 'is gone, or another',
      make: () =>
        shows<Message>(operationId, (message) =>
          withReactions(
            message,
            (message.reactions ?? []).filter(({ fromMe }) => fromMe),
          ),
        ),
    }),
  ),
  {
    id: 'reacting/removal-not-stored',
    fault: 'says that a reaction is gone, and shows it still',
    killedBy: [`${remove}/200/-/read-back`],
    because: 'getMessage still shows it',
    touches: [`${remove}/20*`],
    make: () => {
      const removed = new Set<string>()
      return async (asked, ask) => {
        if (asked.operationId === remove) removed.add(pathIn(asked.target, asked.session))
        const isRemoved = asked.operationId === 'getMessage' && removed.has(pathIn(asked.target, asked.session))
        return isRemoved ? shows<Message>('getMessage', withThumb)(asked, ask) : ask(asked)
      }
    },
  },
]

const votes: Mutant[] = [
  {
    id: 'reacting/first-vote-stays',
    fault: 'keeps the first vote of the account',
    killedBy: [`${vote}/200/-/read-back`],
    because: 'the answer shows Friday: 1 0, not Saturday: 0 1',
    touches: [`${vote}/20*`],
    make: () =>
      shows<Message>(vote, (message) =>
        String(chosenBy(message)) === 'Saturday' ? withVote(message, ['Friday']) : message,
      ),
  },
  {
    id: 'reacting/vote-not-withdrawn',
    fault: 'keeps a vote that is taken back',
    killedBy: [`${vote}/200/-/read-back`],
    because: 'the answer shows Saturday: 0 1, not : 0 0',
    touches: [`${vote}/20*`],
    make: () =>
      shows<Message>(vote, (message, { body }) =>
        chooses('')((body ?? {}) as object) ? withVote(message, ['Saturday']) : message,
      ),
  },
  {
    id: 'reacting/one-option',
    fault: 'counts the first of several options',
    killedBy: [`${vote}/200/-/several`],
    because: 'it shows',
    touches: [`${vote}/20*`],
    make: () => shows<Message>(vote, (message) => withVote(message, chosenBy(message).slice(0, 1))),
  },
  {
    id: 'reacting/vote-not-stored',
    fault: 'answers with a vote, and does not store it',
    killedBy: [`${vote}/200/-/read-back`],
    because: 'getMessage shows : 0 0, not Friday: 1 0',
    touches: [`${vote}/20*`],
    make: () => shows<Message>('getMessage', (message) => withVote(message, [])),
  },
  {
    id: 'reacting/only-own-votes',
    fault: 'counts no votes but those of the account, once it has voted',
    killedBy: [`${vote}/200/-/beside-others`],
    because: 'it shows Friday: 1 0',
    make: () =>
      shows<Message>(vote, (message) =>
        message.poll ? withVote({ ...message, poll: { ...message.poll, voters: [] } }, chosenBy(message)) : message,
      ),
  },
  says200(
    { id: 'reacting/votes-in-text', fault: 'says that it votes in a text', killedBy: `${vote}/409/conflict/no-poll` },
    409,
    () => true,
    [`${vote}/409/*`],
  ),
  says200(
    {
      id: 'reacting/option-unknown',
      fault: 'says that it chooses an option that the poll does not have',
      killedBy: `${vote}/400|422/validation_error/option-unknown`,
    },
    422,
    chooses('Monday'),
  ),
  says200(
    {
      id: 'reacting/too-many-options',
      fault: 'says that it chooses two options where one may be chosen',
      killedBy: `${vote}/400|422/validation_error/options-too-many`,
    },
    422,
    chooses('Friday,Saturday'),
  ),
]

export const reacting: readonly Mutant[] = [
  ...([add, remove, vote] as const).flatMap((operationId) => [
    anySession(operationId),
    someMessage(operationId),
    says200OfDeleted(operationId),
  ]),
  appliesAtOnce(add, 'the answer shows the reaction already', withThumb),
  appliesAtOnce(remove, 'the answer does not show the reaction any more', (message) => withReactions(message, [])),
  appliesAtOnce(vote, 'the answer shows the vote already', (message) => withVote(message, ['Friday'])),
  ...reactions,
  ...votes,
]
