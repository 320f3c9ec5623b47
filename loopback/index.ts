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
  UPLOAD_FAULTS,
  type UpgradeFault,
  type UploadFault,
} from './faults.ts'
export { type Loopback, type LoopbackOptions, startLoopback } from './loopback.ts'
export type { BlobKind, BlobReference, MediaKind } from './media/blob.ts'
export type { MediaHosts } from './media/hosts.ts'
export type { MediaStore } from './media/store.ts'
export type { Chatstate, LoopbackEvents, PhoneMessage, Stats, Unhandled, UnreadableMessage } from './network-events.ts'
export type { Account, AccountOptions } from './people/account.ts'
export type { FileAbout } from './people/attachments.ts'
export type { Companion } from './people/companion.ts'
export type { MessageRef, Poll, SealedTarget } from './people/contents.ts'
export type { Group, GroupOptions } from './people/groups.ts'
export type { History, HistoryChat, HistoryMessage, HistoryType } from './people/history.ts'
export type { MediaRetryAnswer } from './people/media-retry.ts'
export type { SendOptions } from './people/outgoing.ts'
export type { Phone } from './people/phone.ts'
export type { Screen, ShownMessage } from './people/screen.ts'
export type { Ledger, LedgerEntry } from './stanzas/ledger.ts'
export type { RepeatPolicy, Repeats } from './stanzas/repeats.ts'
export type { Submission, Submissions } from './stanzas/submissions.ts'
export { type BinaryNode, node } from './wire/nodes.ts'
export type { Registration, SignedPreKey } from './wire/registration.ts'
