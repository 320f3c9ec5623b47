/** Servers that change the settings of sessions otherwise than they were asked to. */
import type { Schemas } from '../../contract.ts'
import { answersWith, edited, isObject, on, withMembers } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Session = Schemas['Session']

const update = 'updateSession'

/** Changes something else than what it is asked to. */
const takes = (change: (body: Record<string, unknown>) => Record<string, unknown>): Pick<Mutant, 'make'> => ({
  make: () => on(update, (asked, ask) => ask(withMembers(asked, change))),
})

const without = (name: string) => (body: Record<string, unknown>) => {
  const { [name]: _, ...rest } = body
  return rest
}

const maxRate = 100_000
const isRate = (value: unknown) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= maxRate

export const changedSessions: readonly Mutant[] = [
  {
    id: 'settings/whole',
    fault: 'takes what the body does not name for the usual value',
    killedBy: [`${update}/200/-/one-by-one`],
    because: /changing \w+ makes another \w+/,
    touches: [`${update}/200/*`],
    ...takes((body) => ({ autoRead: false, presenceTyping: false, ratePerMin: 20, ...body })),
  },
  {
    id: 'settings/half-a-rate',
    fault: 'takes half of the largest rate for the largest',
    killedBy: [`${update}/200/-/largest-rates`],
    because: 'it answers with another ratePerMin',
    touches: [`${update}/200/*`],
    ...takes((body) => (body.ratePerMin === 10_000 ? { ...body, ratePerMin: 5_000 } : body)),
  },
  {
    id: 'settings/null-ignored',
    fault: 'leaves a member as it is that is null',
    killedBy: [`${update}/200/-/label-taken-away`],
    because: 'it answers with a label',
    ...takes((body) => (body.label === null ? without('label')(body) : body)),
  },
  {
    id: 'settings/not-stored',
    fault: 'answers with settings that it does not store',
    killedBy: [`${update}/200/-/all`],
    because: 'getSession shows another ratePerHour',
    touches: [`${update}/200/*`],
    make: () =>
      on(update, async (asked, ask) => {
        const { ratePerHour } = isObject(asked.body) ? asked.body : {}
        if (!isRate(ratePerHour)) return ask(asked)
        const answer = await ask(withMembers(asked, without('ratePerHour')))
        return answer.status === 200 ? edited<Session>(answer, (session) => ({ ...session, ratePerHour })) : answer
      }),
  },
  {
    id: 'settings/starts',
    fault: 'says that a session starts whose settings were changed',
    killedBy: [`${update}/200/-/one-by-one`],
    because: 'its status is starting',
    touches: [`${update}/200/*`],
    make: () =>
      on(
        update,
        answersWith(200, (answer) => edited<Session>(answer, (session) => ({ ...session, status: 'starting' }))),
      ),
  },
]
