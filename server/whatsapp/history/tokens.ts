/**
 * Stores the tokens of a history, as the library does when it reads one: under the person's LID, with newer tokens replacing older
 * ones, and in an index for finding expired ones.
 */
import { bareJid, isPhone } from '../../model/jid.ts'
import type { SignalDataTypeMap, SignalKeyStore } from '../library.ts'
import type { Token } from './protocol.ts'

type Kept = SignalDataTypeMap['tctoken']

const indexKey = '__index'

export const keepTokens = async (tokens: Token[], keys: Pick<SignalKeyStore, 'get' | 'set'>): Promise<void> => {
  const addressed = tokens.flatMap((token) => {
    const jid = bareJid(token.jid)
    return jid === undefined ? [] : [{ token, jid }]
  })
  // Unknown LIDs are not queried: a history has thousands of people.
  const lids = await keys.get('lid-mapping', [...new Set(addressed.map(({ jid }) => userOf(jid)))])
  const found = new Map<string, Token>()
  for (const { token, jid } of addressed) {
    const lid = isPhone(jid) ? lids[userOf(jid)] : undefined
    const place = lid === undefined ? jid : `${lid}@lid`
    if (token.timestamp > (found.get(place)?.timestamp ?? 0)) found.set(place, token)
  }
  const known = await keys.get('tctoken', [...found.keys(), indexKey])
  const entries: Record<string, Kept> = {}
  for (const [place, { token, timestamp, senderTimestamp }] of found) {
    const before = known[place]
    if (Number(before?.timestamp ?? 0) >= timestamp) continue
    entries[place] = {
      ...before,
      token: Buffer.from(token),
      timestamp: String(timestamp),
      ...(senderTimestamp !== undefined && { senderTimestamp }),
    }
  }
  if (Object.keys(entries).length === 0) return
  const index = [...new Set([...indexOf(known[indexKey]), ...Object.keys(entries)])]
  await keys.set({ tctoken: { ...entries, [indexKey]: { token: Buffer.from(JSON.stringify(index)) } } })
}

const userOf = (jid: string) => jid.slice(0, jid.indexOf('@'))

const indexOf = (kept: Kept | undefined): string[] => {
  try {
    const jids: unknown = JSON.parse(Buffer.from(kept?.token ?? []).toString())
    return Array.isArray(jids) ? jids.filter((jid) => typeof jid === 'string' && jid !== '' && jid !== indexKey) : []
  } catch {
    return []
  }
}
