import { enums } from '../../generated/enums.ts'
import type { Jid } from './jid.ts'

/** Every status of a session, as the contract names them. */
const sessionStatuses = enums.SessionStatus
/** One of `sessionStatuses`. */
export type SessionStatus = (typeof sessionStatuses)[number]

/** Why a session is in its status, for programs, as the contract names it. */
export type StatusReasonCode = (typeof enums)['StatusReasonCode'][number]

/** The stored code; `other` for one that this version does not know, or when an earlier version stored none. */
export const reasonCodeOf = (stored: string | undefined): StatusReasonCode =>
  enums.StatusReasonCode.find((code) => code === stored) ?? 'other'

/** One attached WhatsApp number, as stored. Optional members are absent until known. */
export interface SessionRow {
  /** `sess_` + ULID. */
  id: string
  /** The organization that it belongs to, from its creation on. */
  organizationId: string
  /** A name for people. */
  label?: string
  /** Its status at WhatsApp. */
  status: SessionStatus
  /** Why it is in this status, for an operator; absent when there is nothing to add. */
  statusReason?: string
  /** The kind of that reason, for programs; absent without a reason, or when an earlier version stored none. */
  statusReasonCode?: string
  /** True when it should be connected: after a restart of the process such a session is connected again. */
  wanted: boolean
  /** Whether each live incoming message is marked as read on WhatsApp. */
  autoRead: boolean
  /** Whether composing is shown before a text is sent. */
  presenceTyping: boolean
  /** Messages that it may send at once, and in a minute on average; 0 = no limit. */
  ratePerMin: number
  /** Messages that it may send at once, and in an hour on average; 0 = no limit. */
  ratePerHour: number
  /**
   * Chats with people who have never written that it may begin at once, and in a day on average; 0 = no limit.
   */
  newChatsPerDay: number
  /** Phone JID; present means paired. */
  waJid?: Jid
  /** LID, known once WhatsApp has told it. */
  waLid?: Jid
  /** The account that it belongs to since its first pairing; stays when the session is unpaired. */
  accountJid?: Jid
  /** The LID of that account. */
  accountLid?: Jid
  /** Until then WhatsApp lets the account begin no chats; epoch milliseconds. A time in the past: it may again, as when it is absent. */
  restrictedUntil?: number
  /** Absent when an API key created it. */
  createdByUserId?: string
  /** Epoch milliseconds. */
  createdAt: number
  /** Epoch milliseconds, of the last change of this row. */
  updatedAt: number
  /** Epoch milliseconds, when it last became `working`. */
  lastConnectedAt?: number
}

/** Whether WhatsApp lets the account begin no chats. @param now epoch milliseconds */
export const isRestricted = <S extends Pick<SessionRow, 'restrictedUntil'>>(
  row: S,
  now: number,
): row is S & { restrictedUntil: number } => row.restrictedUntil !== undefined && row.restrictedUntil > now

/** `undefined` leaves a member as it is, `null` clears one that may be absent. */
type PatchOf<K extends keyof SessionRow> = {
  [P in K]?: SessionRow[P] | (undefined extends SessionRow[P] ? null : never)
}

/** What callers decide of a session. */
export type Settings = Pick<
  SessionRow,
  'label' | 'autoRead' | 'presenceTyping' | 'ratePerMin' | 'ratePerHour' | 'newChatsPerDay'
>

/** The row with the settings of another one. */
export const withSettings = (row: SessionRow, from: Settings): SessionRow => {
  const { label: _before, ...rest } = row
  const { label, autoRead, presenceTyping, ratePerMin, ratePerHour, newChatsPerDay } = from
  return {
    ...rest,
    ...(label !== undefined && { label }),
    autoRead,
    presenceTyping,
    ratePerMin,
    ratePerHour,
    newChatsPerDay,
  }
}

/** What any node may change of a session. */
export type SessionPatch = PatchOf<keyof Settings>

/** What only the session's owner may change: its status at WhatsApp. */
export type OwnerPatch = PatchOf<
  | 'status'
  | 'statusReason'
  | 'statusReasonCode'
  | 'wanted'
  | 'waJid'
  | 'waLid'
  | 'accountJid'
  | 'accountLid'
  | 'lastConnectedAt'
  | 'restrictedUntil'
>
