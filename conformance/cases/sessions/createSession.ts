import { idOf, refusal } from '../../base.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { exhausted, reasonOf } from '../../exhausted.ts'
import { isAbout } from '../../moment.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { keyed } from '../../traits/idempotency.ts'

type Session = Schemas['Session']
type NewSession = Schemas['NewSession']

export const base = operation({
  operationId: 'createSession',
  admitted: '201/-/labelled',
  promise: 'makes a session with the label that was asked for',
  body: { label: 'conformance' },
  effects: ['sessions'],
  pacedBody: { start: true },
})

const create = async (context: Context, call: Omit<Call, 'operationId'>): Promise<Session> =>
  (await context.send<Session>({ operationId: 'createSession', ...call }, { status: 201 })).body

const keeps = (variant: string, promise: string, body: NewSession): Row => ({
  id: `201/-/${variant}`,
  promise,
  checks: ['kept', 'read-back'],
  run: async (context) => {
    const differs = (found: Session) =>
      Object.entries(body).find(([key, value]) => found[key as keyof Session] !== value)?.[0]
    const session = await create(context, { body })
    context.check('kept', differs(session) === undefined, `${differs(session)} is not what was asked for`)
    const call: Call = { operationId: 'getSession', path: { session: session.id } }
    const { body: found } = await context.send<Session>(call, { status: 200 })
    context.check('read-back', differs(found) === undefined, `getSession shows another ${differs(found)}`)
  },
})

/** What servers like to tidy up, or to take for something else. */
const oddLabels = [
  ' spaces around ',
  '<b>bold</b> &amp; "quoted" \\ \'single\'',
  'e\u0301 decomposed',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  'line\u2028separator',
  'null',
  '0',
]

const hasDefaults = ({ status, autoRead, presenceTyping, label, phoneNumber, waJid }: Session) =>
  status === 'stopped' &&
  !autoRead &&
  !presenceTyping &&
  label === undefined &&
  phoneNumber === undefined &&
  waJid === undefined

const defaults = (variant: string, promise: string, call: Omit<Call, 'operationId'>): Row => ({
  id: `201/-/${variant}`,
  promise,
  checks: ['defaults', 'times'],
  run: async (context) => {
    const session = await create(context, call)
    const { createdAt, updatedAt, lastConnectedAt } = session
    context.check('defaults', hasDefaults(session), 'it is not stopped, unlabelled, unpaired, with everything off')
    context.check(
      'times',
      isAbout(createdAt, Date.now()) && updatedAt >= createdAt && lastConnectedAt === undefined,
      'its times cannot be',
    )
  },
})

const refuses = (variant: string, promise: string, body: unknown): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body }),
  })

const quota: Row = {
  id: '409/conflict/session-quota',
  promise: 'makes no session for an organization that has as many as it may have, and says that waiting does not help',
  features: ['rateLimits', 'hook'],
  effects: ['sessions'],
  control: [idOf(base)],
  checks: ['reason', 'no-retry'],
  run: async (context) => {
    const state = await context.exhaust('createSession', 'session_quota')
    const call = exhausted({ operationId: 'createSession', body: {} }, state)
    const answer = await context.send(call, { status: 409, code: 'conflict' })
    const reason = reasonOf(answer)
    context.check('reason', reason === 'session_quota', `details.reason is ${reason} instead of session_quota`)
    const after = answer.headers['retry-after']
    context.check('no-retry', after === undefined, `Retry-After is ${after}, and no waiting helps`)
  },
}

export const own = [
  ...cases(base, {}, [quota]),
  ...cases(base, { live: true, effects: ['sessions'], control: [idOf(base)] }, [
    defaults('defaults', 'makes a stopped session without a number when nothing is asked for', { body: {} }),
    defaults('body-absent', 'needs no body', {}),
    keeps('label-of-1', 'takes a label of one character', { label: 'x' }),
    keeps('label-of-100', 'takes a label of 100 characters', { label: 'é'.repeat(100) }),
    keeps('label-of-100-emoji', 'counts characters of a label, not bytes or halves', { label: '🙂'.repeat(100) }),
    {
      id: '201/-/label-as-it-is',
      promise: 'keeps a label to the letter',
      checks: ['kept', 'read-back'],
      run: async (context) => {
        for (const label of oddLabels) {
          const session = await create(context, { body: { label } })
          context.check('kept', session.label === label, `the label ${JSON.stringify(label)} is another one`)
          const call: Call = { operationId: 'getSession', path: { session: session.id } }
          const { body } = await context.send<Session>(call, { status: 200 })
          context.check('read-back', body.label === label, `getSession shows ${JSON.stringify(label)} otherwise`)
        }
      },
    },
    keeps('auto-read-alone', 'keeps autoRead apart from presenceTyping', { autoRead: true, presenceTyping: false }),
    keeps('typing-alone', 'keeps presenceTyping apart from autoRead', { autoRead: false, presenceTyping: true }),
    keeps('options', 'keeps autoRead and presenceTyping', { autoRead: true, presenceTyping: true }),
    {
      id: '201/-/start',
      promise: 'begins to pair at once when asked to',
      features: ['pairing'],
      checks: ['status'],
      run: async (context) => {
        const { status } = await create(context, { body: { start: true } })
        context.check('status', status === 'starting' || status === 'scan_qr_code', `its status is ${status}`)
      },
    },
    {
      id: '201/-/each-another',
      promise: 'makes another session with each call',
      checks: ['ids'],
      run: async (context) => {
        const one = await create(context, { body: {} })
        const two = await create(context, { body: {} })
        context.check('ids', one.id !== two.id, 'both have the same id')
      },
    },
    {
      id: '201/-/each-another-at-once',
      promise: 'makes another session with each of several calls at once',
      checks: ['ids'],
      run: async (context) => {
        const made = await Promise.all(Array.from({ length: 6 }, () => create(context, { body: {} })))
        const ids = made.map(({ id }) => id)
        context.check('ids', new Set(ids).size === ids.length, 'two of them have the same id')
        for (const session of ids) await context.send({ operationId: 'getSession', path: { session } }, { status: 200 })
      },
    },
    {
      id: '201/-/key-of-other-organization',
      promise: 'takes the same key of another organization for another key',
      needs: ['tokens.otherOrg'],
      control: [idOf(base, '201/-/key-replayed')],
      checks: ['another'],
      run: async (context) => {
        const call = keyed({ operationId: 'createSession', body: {} })
        const one = await create(context, call)
        const other = await create(context, { ...call, caller: { token: 'otherOrg' } })
        context.check('another', one.id !== other.id, 'it answered with the session of the other organization')
      },
    },
    {
      id: '201/-/creator',
      promise: 'names the person who created it',
      needs: ['tokens.ownerLogin'],
      features: ['loginTokens'],
      checks: ['person', 'key'],
      run: async (context) => {
        const person = await create(context, { body: {}, caller: { token: 'ownerLogin' } })
        context.check('person', person.createdByUserId !== undefined, 'createdByUserId is absent for a login')
        const key = await create(context, { body: {} })
        context.check('key', key.createdByUserId === undefined, 'createdByUserId is there for an API key')
      },
    },
    {
      id: '201/-/own-organization',
      promise: 'makes the session in the organization of the token',
      needs: ['fixtures.liveSession'],
      checks: ['organization'],
      run: async (context) => {
        const { organizationId } = await create(context, { body: {} })
        const path = { session: context.get('fixtures.liveSession') }
        const { body } = await context.send<Session>({ operationId: 'getSession', path }, { status: 200 })
        context.check('organization', body.organizationId === organizationId, `it is in ${organizationId}`)
      },
    },
  ]),
  ...cases(base, {}, [
    refuses('label-empty', 'refuses an empty label', { label: '' }),
    refuses('label-of-101', 'refuses a label of 101 characters', { label: 'x'.repeat(101) }),
    refuses('label-number', 'refuses a number as label', { label: 1 }),
    refuses('label-null', 'refuses null as label', { label: null }),
    refuses('auto-read-string', 'refuses a string in place of true', { autoRead: 'true' }),
    refuses('start-number', 'refuses 1 in place of true', { start: 1 }),
  ]),
]
