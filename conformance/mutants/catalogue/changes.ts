/** What servers do wrong with every change of a message. */
import type { OperationId, Schemas } from '../../contract.ts'
import { answersWith, edited, insteadOf, look, on } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Message = Schemas['Message']

/** An operation that changes a message. */
export type Change = Extract<
  OperationId,
  'editMessage' | 'revokeMessage' | 'addReaction' | 'removeReaction' | 'voteMessage'
>

/** The message that a call names, by the same caller, in this session. */
export const pathIn = (target: string, session: string | undefined, id?: string) => {
  const [, mid = ''] = /\/messages\/([^/?]+)/.exec(target) ?? []
  return `/sessions/${session}/messages/${id ?? mid}`
}

/** Looks for a message in another session of the caller. */
export const anySession = (operationId: Change): Mutant => ({
  id: `changing/any-session/${operationId}`,
  fault: `finds a message under any session of the organization (${operationId})`,
  killedBy: [`${operationId}/404/not_found/message-of-another-session`],
  because: 'answered 200 instead of 404',
  touches: [`${operationId}/404/*`],
  make: ({ fixtures }) =>
    on(
      (asked) => asked.operationId === operationId && asked.session === fixtures.liveSession,
      insteadOf(404, (asked, ask) => ask(look(asked, pathIn(asked.target, fixtures.sendingSession)))),
    ),
})

/** Shows some message when it does not know the one that was named. */
export const someMessage = (operationId: Change): Mutant => ({
  id: `changing/some-message/${operationId}`,
  fault: `changes some message when the one that was named does not exist (${operationId})`,
  killedBy: [`${operationId}/404/not_found/message-unknown`],
  because: 'answered 200 instead of 404',
  touches: [`${operationId}/404/*`],
  make: ({ fixtures }) =>
    on(
      (asked) => asked.operationId === operationId && asked.session === fixtures.sendingSession,
      insteadOf(404, (asked, ask) =>
        ask(look(asked, pathIn(asked.target, fixtures.liveSession, fixtures.message?.id))),
      ),
    ),
})

/** Shows the change in the answer that says that it waits. */
export const appliesAtOnce = (operationId: Change, because: string, change: (message: Message) => Message): Mutant => ({
  id: `changing/at-once/${operationId}`,
  fault: `shows a change before WhatsApp has it (${operationId})`,
  killedBy: [`${operationId}/202/-/async`],
  because,
  make: () =>
    on(
      operationId,
      answersWith(202, (answer) => edited<Message>(answer, change)),
    ),
})
