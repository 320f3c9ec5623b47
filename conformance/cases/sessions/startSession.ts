import { admittedCall, type Base, idOf, needsOf } from '../../base.ts'
import { cases } from '../../case.ts'
import { canonical, type Schemas } from '../../contract.ts'
import { paced } from '../paced.ts'

type Session = Schemas['Session']

export const base: Base = {
  operationId: 'startSession',
  admitted: '200/-/already-started',
  promise: 'answers with the session',
  session: 'fixtures.liveSession',
}

export const own = [
  ...paced(base, { reason: 'starts' }),
  ...cases('startSession', { live: true, control: [idOf(base)] }, [
    {
      id: '200/-/working',
      promise: 'changes nothing on a session that is working',
      needs: needsOf(base),
      checks: ['still-working', 'same-answer'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const one = await context.send<Session>(call, { status: 200 })
        const two = await context.send<Session>(call, { status: 200 })
        context.check('still-working', two.body.status === 'working', `its status is ${two.body.status}`)
        context.check(
          'same-answer',
          canonical('Session', one.body) === canonical('Session', two.body),
          'repeating it changes the answer',
        )
      },
    },
    {
      id: '200/-/unpaired',
      promise: 'begins to pair a session that has no number',
      effects: ['sessions'],
      features: ['pairing'],
      checks: ['status'],
      run: async (context) => {
        const path = { session: await context.scratch() }
        const { body } = await context.send<Session>({ operationId: 'startSession', path }, { status: 200 })
        context.check(
          'status',
          body.status === 'starting' || body.status === 'scan_qr_code',
          `its status is ${body.status}`,
        )
      },
    },
  ]),
]
