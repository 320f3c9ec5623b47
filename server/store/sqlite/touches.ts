import type { ApiKeyStore } from '../../ports/store/api-keys.ts'

type Touch = ApiKeyStore['touchApiKey']

/** How exact the time of a key's last use is. */
export const touchIntervalMs = 60_000
const mostKnown = 1000

/** Notes a use only where the last one is old: a busy key would otherwise cost a commit per request. */
export const seldom = (touch: Touch): Touch => {
  const touchedAt = new Map<string, number>()
  return async (id, now) => {
    if (now - (touchedAt.get(id) ?? Number.NEGATIVE_INFINITY) < touchIntervalMs) return
    if (touchedAt.size >= mostKnown) touchedAt.clear()
    touchedAt.set(id, now)
    await touch(id, now)
  }
}
