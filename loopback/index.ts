export type { Account, AccountOptions } from './account.ts'
export type { Companion } from './companion.ts'
export { type Control, startControl } from './control.ts'
export type { EventLog } from './events.ts'
export {
  type EndFault,
  type Faults,
  type IqAction,
  isIq,
  MEDIA_FAULTS,
  type MediaFault,
  type MessageAction,
  type StanzaFilter,
  type UpgradeFault,
} from './faults.ts'
export type { Group, GroupOptions } from './groups.ts'
export type { History, HistoryChat, HistoryMessage, HistoryType } from './history.ts'
export type { Ledger, LedgerEntry } from './ledger.ts'
export { type Loopback, type LoopbackOptions, startLoopback } from './loopback.ts'
export type { BlobKind, BlobReference } from './media/blob.ts'
export type { MediaStore } from './media/store.ts'
export type { Chatstate, LoopbackEvents, PhoneMessage, Stats, Unhandled } from './network.ts'
export { type BinaryNode, node } from './nodes.ts'
export type { MessageRef, Phone, SealedTarget, SendOptions } from './phone.ts'
export type { Registration, SignedPreKey } from './registration.ts'
