import { createHmac } from 'node:crypto'
import type { components } from '../../generated/types.ts'
import { isRestricted, reasonCodeOf, type SessionRow } from './session.ts'

/** The id of a gateway: constant for one database, derived so that it reveals nothing. @param secret of the store */
export const gatewayIdOf = (secret: Buffer): string =>
  `gw_${createHmac('sha256', secret).update('gateway id').digest('hex').slice(0, 16)}`

/** The contract's object of a session. @param gatewayId see `gatewayIdOf` @param now epoch milliseconds */
export const sessionObject = (row: SessionRow, gatewayId: string, now: number): components['schemas']['Session'] => ({
  id: row.id,
  organizationId: row.organizationId,
  gatewayId,
  status: row.status,
  ...(row.statusReason !== undefined && {
    statusReason: row.statusReason,
    statusReasonCode: reasonCodeOf(row.statusReasonCode),
  }),
  isAdminSession: false,
  autoRead: row.autoRead,
  presenceTyping: row.presenceTyping,
  ratePerMin: row.ratePerMin,
  ratePerHour: row.ratePerHour,
  newChatsPerDay: row.newChatsPerDay,
  ...(row.label !== undefined && { label: row.label }),
  ...accountOf(row),
  ...(isRestricted(row, now) && { restrictedUntil: row.restrictedUntil }),
  ...(row.createdByUserId !== undefined && { createdByUserId: row.createdByUserId }),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  ...(row.lastConnectedAt !== undefined && { lastConnectedAt: row.lastConnectedAt }),
})

/** The account that a session is paired with; no members when it is not. */
export const accountOf = ({ waJid, waLid }: SessionRow): { phoneNumber?: string; waJid?: string; waLid?: string } => ({
  ...(waJid !== undefined && { phoneNumber: waJid.split('@')[0] ?? '', waJid }),
  ...(waLid !== undefined && { waLid }),
})
