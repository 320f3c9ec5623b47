import type { Verbs } from './verb.ts'
import { accountVerbs } from './verbs/accounts.ts'
import { faultVerbs } from './verbs/faults.ts'
import { fileVerbs } from './verbs/files.ts'
import { historyVerbs } from './verbs/history.ts'
import { messageVerbs } from './verbs/messages.ts'
import { observedVerbs } from './verbs/observed.ts'

/** All verbs of the loopback. */
export const verbs: Verbs = {
  ...accountVerbs,
  ...messageVerbs,
  ...fileVerbs,
  ...historyVerbs,
  ...observedVerbs,
  ...faultVerbs,
}
