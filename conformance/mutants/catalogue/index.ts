/** Every wrong server that was thought of, area by area. */
import type { Mutant } from '../mutant.ts'
import { admission } from './admission.ts'
import { answerHeaderFaults } from './answer-headers.ts'
import { atOnce } from './at-once.ts'
import { attachments } from './attachments.ts'
import { beyondSchemaFaults } from './beyond-schema.ts'
import { bodies } from './bodies.ts'
import { bodyForms } from './body-forms.ts'
import { changedSessions } from './changed-sessions.ts'
import { changing } from './changing.ts'
import { chats } from './chats.ts'
import { createdSessions } from './created-sessions.ts'
import { deletedSessions } from './deleted-sessions.ts'
import { deliveries } from './deliveries.ts'
import { envelope } from './envelope.ts'
import { events } from './events.ts'
import { idempotency } from './idempotency.ts'
import { isolation } from './isolation.ts'
import { kinds } from './kinds.ts'
import { labels } from './labels.ts'
import { limits } from './limits.ts'
import { listCursors } from './list-cursors.ts'
import { listLimits } from './list-limits.ts'
import { listWalks } from './list-walks.ts'
import { listedSessions } from './listed-sessions.ts'
import { markedRead } from './marked-read.ts'
import { messages } from './messages.ts'
import { methods } from './methods.ts'
import { nearNames } from './near-names.ts'
import { nearValues } from './near-values.ts'
import { neighbours } from './neighbours.ts'
import { noEffect } from './no-effect.ts'
import { order } from './order.ts'
import { origins } from './origins.ts'
import { ownership } from './ownership.ts'
import { pairing } from './pairing.ts'
import { places } from './places.ts'
import { presence } from './presence.ts'
import { protocol } from './protocol.ts'
import { queries } from './queries.ts'
import { reacting } from './reacting.ts'
import { repeats } from './repeats.ts'
import { requestIds } from './request-id.ts'
import { routing } from './routing.ts'
import { sending } from './sending.ts'
import { sessionStates } from './session-states.ts'
import { shownSessions } from './shown-sessions.ts'
import { streams } from './streams.ts'
import { tickets } from './tickets.ts'
import { times } from './times.ts'
import { tokens } from './tokens.ts'
import { twoTokens } from './two-tokens.ts'
import { unread } from './unread.ts'
import { uploads } from './uploads.ts'
import { variations } from './varying.ts'
import { webhookUrls } from './webhook-urls.ts'
import { webhooks } from './webhooks.ts'

export { equivalents } from './equivalents.ts'

export const mutants: readonly Mutant[] = [
  ...admission,
  ...tokens,
  ...twoTokens,
  ...ownership,
  ...isolation,
  ...neighbours,
  ...order,
  ...noEffect,
  ...atOnce,
  ...nearNames,
  ...protocol,
  ...methods,
  ...origins,
  ...requestIds,
  ...answerHeaderFaults,
  ...idempotency,
  ...bodies,
  ...labels,
  ...envelope,
  ...listLimits,
  ...listCursors,
  ...listWalks,
  ...messages,
  ...events,
  ...streams,
  ...deliveries,
  ...tickets,
  ...changing,
  ...reacting,
  ...chats,
  ...markedRead,
  ...unread,
  ...repeats,
  ...presence,
  ...sending,
  ...attachments,
  ...uploads,
  ...createdSessions,
  ...changedSessions,
  ...deletedSessions,
  ...sessionStates,
  ...shownSessions,
  ...listedSessions,
  ...pairing,
  ...times,
  ...places,
  ...bodyForms,
  ...queries,
  ...beyondSchemaFaults,
  ...nearValues,
  ...routing,
  ...limits,
  ...variations,
  ...webhooks,
  ...webhookUrls,
  ...kinds,
]
