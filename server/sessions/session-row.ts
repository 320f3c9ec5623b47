/** Converts between a session's row and the state of the state machine. */
import type { Me } from '../model/account.ts'
import type { OwnerPatch, SessionRow } from '../model/session.ts'
import { reasonOf } from './reasons.ts'
import type { SessionState } from './state.ts'

/** What a client's event adds to the row. */
export type Known = Partial<Pick<SessionRow, 'waJid' | 'waLid' | 'accountJid' | 'accountLid' | 'lastConnectedAt'>>

export const stateOf = (row: SessionRow): SessionState => {
  const reason = reasonOf(row)
  return {
    status: row.status,
    ...(reason !== undefined && { reason }),
    wanted: row.wanted,
    paired: row.waJid !== undefined,
    failures: 0,
    restarts: 0,
  }
}

/** The row in this state: without address if it is not paired. */
export const rowIn = (
  { statusReason: _words, statusReasonCode: _code, waJid, waLid, ...rest }: SessionRow,
  state: SessionState,
): SessionRow => ({
  ...rest,
  status: state.status,
  wanted: state.wanted,
  ...(state.reason !== undefined && { statusReason: state.reason.words, statusReasonCode: state.reason.code }),
  ...(state.paired && waJid !== undefined && { waJid }),
  ...(state.paired && waLid !== undefined && { waLid }),
})

export const identityOf = ({ jid, lid }: Me): Known => ({
  waJid: jid,
  accountJid: jid,
  ...(lid !== undefined && { waLid: lid, accountLid: lid }),
})

/** The only account that the session may have; undefined before its first pairing. */
export const accountOf = ({ waJid, waLid, accountJid = waJid, accountLid = waLid }: SessionRow): Me | undefined =>
  accountJid === undefined ? undefined : { jid: accountJid, ...(accountLid !== undefined && { lid: accountLid }) }

/** The patch from the first to the second; undefined when they are equal. */
export const patchBetween = (before: SessionRow, after: SessionRow): OwnerPatch | undefined => {
  const patch: OwnerPatch = {
    ...(after.status !== before.status && { status: after.status }),
    ...(after.wanted !== before.wanted && { wanted: after.wanted }),
    ...(after.statusReason !== before.statusReason && { statusReason: after.statusReason ?? null }),
    ...(after.statusReasonCode !== before.statusReasonCode && { statusReasonCode: after.statusReasonCode ?? null }),
    ...(after.waJid !== before.waJid && { waJid: after.waJid ?? null }),
    ...(after.waLid !== before.waLid && { waLid: after.waLid ?? null }),
    ...(after.accountJid !== before.accountJid && { accountJid: after.accountJid ?? null }),
    ...(after.accountLid !== before.accountLid && { accountLid: after.accountLid ?? null }),
    ...(after.restrictedUntil !== before.restrictedUntil && { restrictedUntil: after.restrictedUntil ?? null }),
    ...(after.lastConnectedAt !== before.lastConnectedAt && { lastConnectedAt: after.lastConnectedAt ?? null }),
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}
