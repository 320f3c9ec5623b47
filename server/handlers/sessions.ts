import type { Pacing } from '../limits/pacing.ts'
import { conflict, notFound } from '../model/errors.ts'
import type { SessionRow } from '../model/session.ts'
import { accountOf, sessionObject } from '../model/session-object.ts'
import type { HandlersOf, Schemas } from '../operation.ts'
import type { Supervisor } from '../sessions/supervisor.ts'
import type { CursorScope, Cursors } from './cursor.ts'
import { pageSize } from './page.ts'
import { qrImage } from './qr-image.ts'

export interface SessionParts {
  supervisor: Supervisor
  pacing: Pick<Pacing, 'mayHurry'>
  sessionCursors: Cursors<string>
  /** The value of `gatewayId`. */
  gatewayId: string
  /** Epoch ms. */
  clock: () => number
}

export const sessions = ({
  supervisor,
  pacing,
  sessionCursors,
  gatewayId,
  clock,
}: SessionParts): HandlersOf<'Sessions'> => {
  const shown = (row: SessionRow) => sessionObject(row, gatewayId, clock())

  return {
    async listSessions({ principal: { organizationId }, query }) {
      const scope: CursorScope = { operation: 'listSessions', within: organizationId }
      const after = query.cursor === undefined ? undefined : sessionCursors.decode(scope, query.cursor)
      const limit = pageSize(query.limit)
      const { rows, last } = await supervisor.list(organizationId, { limit, ...(after !== undefined && { after }) })
      const nextCursor = last === undefined ? null : sessionCursors.encode(scope, last)
      return { status: 200, body: { data: rows.map(shown), nextCursor } }
    },

    async createSession({ principal, body, keep }) {
      const answer = (row: SessionRow) => ({ status: 201 as const, body: shown(row) })
      const asked = {
        organizationId: principal.organizationId,
        ...(principal.kind === 'login' && { createdByUserId: principal.subject }),
        ...body,
      }
      return answer(await supervisor.create(asked, keep && ((row) => keep(answer(row)))))
    },

    async getSession({ session }) {
      return { status: 200, body: shown(session) }
    },

    async updateSession({ session, body }) {
      return { status: 200, body: shown(await supervisor.changeSettings(session.id, body)) }
    },

    async deleteSession({ session }) {
      await supervisor.delete(session.id)
      return { status: 204 }
    },

    async startSession({ session }) {
      // Unlimited requests to try at once would defeat the backoff.
      if (session.status === 'starting' && !(await pacing.mayHurry(session)))
        return { status: 200, body: shown(session) }
      return { status: 200, body: shown(await supervisor.start(session.id)) }
    },

    async stopSession({ session }) {
      return { status: 200, body: shown(await supervisor.stop(session.id)) }
    },

    async restartSession({ session }) {
      return { status: 200, body: shown(await supervisor.restart(session.id)) }
    },

    async logoutSession({ session }) {
      return { status: 200, body: shown(await supervisor.logout(session.id)) }
    },

    async sessionMe({ session }) {
      if (session.waJid === undefined) throw notFound('WhatsApp account')
      return { status: 200, body: toMe(session) }
    },

    async sessionQR({ session, accepts }) {
      if (session.waJid !== undefined) throw conflict('the session is already paired')
      if (!session.wanted) throw conflict('pairing has not begun: start the session first')
      const qr = await supervisor.qrOf(session.id)
      if (qr === undefined) throw notFound('QR code')
      const type = accepts('application/json', 'image/png', 'image/svg+xml')
      if (type === 'image/png' || type === 'image/svg+xml')
        return { status: 200, type, body: await qrImage(qr.code, type) }
      return { status: 200, body: { code: qr.code, expiresAt: qr.expiresAt } }
    },

    async sessionPairingCode({ session, body }) {
      const code = await supervisor.pairingCode(session.id, body.phone)
      return { status: 200, body: { code: `${code.slice(0, 4)}-${code.slice(4)}` } }
    },
  }
}

const toMe = (row: SessionRow): Schemas['Me'] => ({
  sessionId: row.id,
  status: row.status,
  connected: row.status === 'working',
  ...accountOf(row),
})
