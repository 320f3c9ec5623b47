export { type Control, startControl } from './control/control.ts'
export type { Verb } from './control/verb.ts'
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
export { type Loopback, type LoopbackOptions, startLoopback } from './loopback.ts'
export type { BlobKind, BlobReference } from './media/blob.ts'
export type { MediaStore } from './media/store.ts'
export type { Chatstate, LoopbackEvents, PhoneMessage, Stats, Unhandled } from './network-events.ts'
export type { Account, AccountOptions } from './people/account.ts'
export type { Companion } from './people/companion.ts'
export type { MessageRef, SealedTarget } from './people/contents.ts'
export type { Group, GroupOptions } from './people/groups.ts'
export type { History, HistoryChat, HistoryMessage, HistoryType } from './people/history.ts'
export type { SendOptions } from './people/outgoing.ts'
export type { Phone } from './people/phone.ts'
export type { Ledger, LedgerEntry } from './stanzas/ledger.ts'
export { type BinaryNode, node } from './wire/nodes.ts'
export type { Registration, SignedPreKey } from './wire/registration.ts'
