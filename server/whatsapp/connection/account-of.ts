import type { Me } from '../../model/account.ts'
import { bareJid } from '../../model/jid.ts'
import type { AuthState } from '../credentials/auth-state.ts'

/** The account of the connection; undefined until a phone has accepted it. */
export const accountOf = ({ state: { creds } }: Pick<AuthState, 'state'>): Me | undefined => {
  const jid = bareJid(creds.me?.id)
  const lid = bareJid(creds.me?.lid)
  return jid === undefined ? undefined : { jid, ...(lid !== undefined && { lid }) }
}
