/** Servers that pair, or say who is paired, in their own way. */
import type { Schemas } from '../../contract.ts'
import { answers, answersWith, hears, look, on, refuse, reply, shows, withHeaders } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Me = Schemas['Me']
type QR = Schemas['QR']

const me = (change: (me: Me) => unknown): Pick<Mutant, 'make'> => ({ make: () => shows('sessionMe', change) })

const qr = (change: (qr: QR) => unknown): Pick<Mutant, 'make'> => ({ make: () => shows('sessionQR', change) })

export const pairing: readonly Mutant[] = [
  {
    id: 'pairing/nobody',
    fault: 'never says who a session is',
    killedBy: ['sessionMe/200/-/paired'],
    because: 'answered 404 instead of 200',
    touches: ['sessionMe/*'],
    make: () =>
      on(
        'sessionMe',
        answersWith(200, () => refuse(404, 'not_found')),
      ),
  },
  {
    id: 'pairing/me-not-connected',
    fault: 'says that a connected session is not connected',
    killedBy: ['sessionMe/200/-/paired', 'sessionMe/200/-/connected'],
    because: /it is not connected and working|connected is false, and status is working/,
    touches: ['sessionMe/*'],
    ...me((me) => ({ ...me, connected: false })),
  },
  {
    id: 'pairing/me-always-connected',
    fault: 'says that every session is connected',
    killedBy: ['sessionMe/200/-/offline'],
    because: /it is connected, or working|connected is true, and status is/,
    ...me((me) => ({ ...me, connected: true })),
  },
  {
    id: 'pairing/me-of-another-number',
    fault: 'names a number that is not of its JID',
    killedBy: ['sessionMe/200/-/paired', 'sessionMe/200/-/connected'],
    because: /its number and JID do not agree|phoneNumber is \d+, and waJid is/,
    touches: ['sessionMe/*'],
    ...me((me) => ({ ...me, phoneNumber: '6289999999999' })),
  },
  {
    id: 'pairing/me-without-number',
    fault: 'does not name the number of a connected session',
    killedBy: ['sessionMe/200/-/connected'],
    because: 'its number and JID do not agree',
    ...me(({ phoneNumber: _number, ...me }) => me),
  },
  {
    id: 'pairing/me-of-nobody',
    fault: 'says who a session is that has no number',
    killedBy: ['sessionMe/404/not_found/unpaired'],
    because: 'answered 200 instead of 404',
    make: ({ fixtures }) =>
      on('sessionMe', async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 404 || asked.caller !== 'full' || asked.session === fixtures.unknownSession) return answer
        const session = await ask(look(asked, `/sessions/${encodeURIComponent(asked.session)}`))
        return session.status === 200
          ? reply(200, { sessionId: asked.session, status: 'stopped', connected: false })
          : answer
      }),
  },
  {
    id: 'pairing/code-for-the-paired',
    fault: 'gives a code for a session that is paired',
    killedBy: ['sessionQR/409/conflict/session-paired', 'sessionQR/409/conflict/x-api-key'],
    because: 'answered 200 instead of 409',
    touches: ['sessionQR/409/*'],
    make: ({ fixtures }) =>
      on(
        'sessionQR',
        answers((answer, asked) =>
          answer.status === 409 && asked.session === fixtures.liveSession
            ? reply(200, { code: '2@x', expiresAt: Date.now() + 20_000 })
            : answer,
        ),
      ),
  },
  {
    id: 'pairing/no-code-for-the-paired',
    fault: 'finds no code for a session that is paired',
    killedBy: [
      'sessionQR/409/conflict/session-paired',
      'sessionQR/409/conflict/login-owner',
      'sessionQR/409/conflict/token-manage-only',
    ],
    because: 'answered 404 instead of 409',
    touches: ['sessionQR/409/*'],
    make: ({ fixtures }) =>
      on(
        'sessionQR',
        answers((answer, asked) =>
          answer.status === 409 && asked.session === fixtures.liveSession ? refuse(404, 'not_found') : answer,
        ),
      ),
  },
  {
    id: 'pairing/no-code-for-the-stopped',
    fault: 'finds no code for a session that was not started',
    killedBy: ['sessionQR/409/conflict/session-stopped'],
    because: 'answered 404 instead of 409',
    touches: ['stopSession/200/-/pairing', 'logoutSession/200/-/pairing'],
    make: ({ fixtures }) =>
      on(
        'sessionQR',
        answers((answer, asked) =>
          answer.status === 409 && asked.session !== fixtures.liveSession ? refuse(404, 'not_found') : answer,
        ),
      ),
  },
  {
    id: 'pairing/looking-starts-it',
    fault: 'begins to pair when somebody looks for the code',
    killedBy: ['sessionQR/409/conflict/session-stopped'],
    because: 'looking for the code has started it',
    make: ({ fixtures }) =>
      on('sessionQR', async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status === 409 && asked.session !== fixtures.liveSession && asked.method === 'GET')
          await ask({ ...asked, method: 'POST', target: `/sessions/${encodeURIComponent(asked.session)}:start` })
        return answer
      }),
  },
  {
    id: 'pairing/never-a-code',
    fault: 'never has a code',
    killedBy: ['sessionQR/200/-/code'],
    because: /a code to scan did not happen within \d+ ms/,
    make: () =>
      on(
        'sessionQR',
        answersWith(200, () => refuse(404, 'not_found')),
      ),
  },
  {
    id: 'pairing/expiry-in-seconds',
    fault: 'says in seconds when a code expires',
    killedBy: ['sessionQR/200/-/code'],
    because: 'is not in milliseconds',
    ...qr((qr) => ({ ...qr, expiresAt: Math.floor(qr.expiresAt / 1000) })),
  },
  {
    id: 'pairing/expiry-as-duration',
    fault: 'says for how long a code is good',
    killedBy: ['sessionQR/200/-/code'],
    because: 'expiresAt is not about now',
    ...qr((qr) => ({ ...qr, expiresAt: 20_000 })),
  },
  {
    id: 'pairing/code-while-starting',
    fault: 'shows a session that has a code as starting',
    killedBy: ['sessionQR/200/-/code'],
    because: /(session|status) is starting/,
    touches: ['stopSession/200/*', 'getSession/200/*'],
    make: () =>
      shows<Schemas['Session']>('getSession', (session) => ({
        ...session,
        status: session.status === 'scan_qr_code' ? 'starting' : session.status,
      })),
  },
  {
    id: 'pairing/json-only',
    fault: 'answers with JSON whatever is accepted',
    killedBy: ['sessionQR/200/-/png', 'sessionQR/200/-/svg'],
    because: 'Content-Type is application/json',
    make: () =>
      on(
        'sessionQR',
        hears((asked) => withHeaders(asked, { accept: 'application/json' })),
      ),
  },
  {
    id: 'pairing/png-only',
    fault: 'draws every picture as PNG',
    killedBy: ['sessionQR/200/-/svg'],
    because: 'Content-Type is image/png',
    make: () =>
      on(
        'sessionQR',
        hears((asked) =>
          (asked.headers.accept ?? '').startsWith('image/') ? withHeaders(asked, { accept: 'image/png' }) : asked,
        ),
      ),
  },
  {
    id: 'pairing/picture-empty',
    fault: 'draws nothing',
    killedBy: ['sessionQR/200/-/png', 'sessionQR/200/-/svg'],
    because: 'the body is no such picture',
    make: () =>
      on(
        'sessionQR',
        answers((answer) =>
          (answer.headers['content-type'] ?? '').startsWith('image/') ? { ...answer, bytes: Buffer.alloc(0) } : answer,
        ),
      ),
  },
  {
    id: 'pairing/typed-code-for-the-paired',
    fault: 'gives a code to type in for a session that is paired',
    killedBy: ['sessionPairingCode/409/conflict/session-paired', 'sessionPairingCode/409/conflict/x-api-key'],
    because: 'answered 200 instead of 409',
    touches: ['sessionPairingCode/409/*'],
    make: () =>
      on(
        'sessionPairingCode',
        answersWith(409, () => reply(200, { code: 'ABCD-2345' })),
      ),
  },
  {
    id: 'pairing/typed-code-without-dash',
    fault: 'writes a code to type in without its dash',
    killedBy: ['sessionPairingCode/200/-/code'],
    because: '/code must match pattern',
    make: () => shows<Schemas['PairingCode']>('sessionPairingCode', ({ code }) => ({ code: code.replace('-', '') })),
  },
]
