/** What path parameters name: the one list that grows with the nouns of the API, and not with its operations. */
import type { Need } from './target.ts'

export type Fixture = Need & `fixtures.${string}`

export interface Parameter {
  /** What the caller may name. */
  own: Fixture
  /** What nobody has. */
  unknown?: Fixture
  /** One of the session that is not connected; absent when the parameter need not be stored there. */
  offline?: Fixture
}

/** Which fixtures stand for a parameter, by its name. One that is not here is given the contract's own example. */
export const parameters: Readonly<Record<string, Parameter>> = {
  session: { own: 'fixtures.liveSession', unknown: 'fixtures.unknownSession' },
  webhook: { own: 'fixtures.webhook', unknown: 'fixtures.unknownWebhook' },
  cid: { own: 'fixtures.chat', unknown: 'fixtures.unknownChat' },
  mid: { own: 'fixtures.message', unknown: 'fixtures.unknownMessage', offline: 'fixtures.offlineMessage' },
}
