import { type Client, IqError, type IqHandler } from '../client.ts'
import { isIq } from '../faults.ts'
import type { Person } from '../people/companion.ts'
import { SERVER } from '../wire/jids.ts'
import { type BinaryNode, children, node } from '../wire/nodes.ts'
import { syncAppState } from './app-state.ts'
import { groupMetadata, participatingGroups } from './groups.ts'
import { countPreKeys, digestKeys, fetchKeys, rotateSignedPreKey, uploadKeys } from './keys.ts'
import { answerMex } from './mex.ts'
import { answerUsync } from './usync.ts'

const nothing: IqHandler = () => []

/** By namespace, type and tag of the first child. */
const handlers: Record<string, IqHandler> = {
  'w:p get ping': nothing,
  'passive set active': nothing,
  'passive set passive': nothing,
  'encrypt get count': countPreKeys,
  'encrypt set registration': uploadKeys,
  'encrypt get digest': digestKeys,
  'encrypt set rotate': rotateSignedPreKey,
  'encrypt get key': fetchKeys,
  'usync get usync': answerUsync,
  'w:sync:app:state set sync': syncAppState,
  'w:mex get query': answerMex,
  'w:g2 get query': groupMetadata,
  'w:g2 get participating': participatingGroups,
  'abt get props': (_iq, { companion }) => [
    node('props', { protocol: '1', hash: 'loopback', refresh: '86400' }, migrationProps(companion.account)),
  ],
  'blocklist get': () => [node('list', { matched: 'false' })],
  'privacy get privacy': () => [node('privacy', {}, privacySettings())],
  'privacy set tokens': nothing,
  'w:m set media_conn': (_iq, { network }) => [network.hosts.list()],
  'urn:xmpp:whatsapp:dirty set clean': nothing,
  'md set remove-companion-device': (_iq, { companion }) => {
    companion.unlink()
    return []
  },
}

const isPassiveActive = isIq('passive', 'active')

/** Answers an iq of a logged-in client; an unknown one with 501, and reports it. */
export async function handleIq(iq: BinaryNode, client: Client): Promise<void> {
  const { network, companion, connection } = client
  if (iq.attrs.type !== 'get' && iq.attrs.type !== 'set') {
    network.report('an iq that answers nothing', iq, companion.jid)
    return
  }
  const fault = network.faults.takeIq(iq, companion.jid)
  if (fault === 'ignore') return
  const answer = fault && 'error' in fault ? refusal(iq, fault.error, 'injected') : await answerTo(iq, client)
  if (fault && 'delayMs' in fault) {
    const timer = setTimeout(() => connection.send(answer), fault.delayMs)
    void connection.ended.then(() => clearTimeout(timer))
  } else {
    connection.send(answer)
  }
  if (isPassiveActive(iq)) companion.activate()
}

async function answerTo(iq: BinaryNode, client: Client): Promise<BinaryNode> {
  const attrs = { from: iq.attrs.to ?? SERVER, id: iq.attrs.id }
  const key = [iq.attrs.xmlns, iq.attrs.type, children(iq)[0]?.tag].filter((part) => part !== undefined).join(' ')
  const handler = handlers[key]
  try {
    if (handler) {
      const content = await handler(iq, client)
      return node('iq', { ...attrs, type: 'result' }, content.length > 0 ? content : undefined)
    }
    client.network.report(`no handler for iq ${key}`, iq, client.companion.jid)
    throw new IqError(501, 'feature-not-implemented')
  } catch (error) {
    if (!(error instanceof IqError)) {
      client.network.report(`iq ${key}: ${error instanceof Error ? error.message : error}`, iq, client.companion.jid)
    }
    const known = error instanceof IqError ? error : new IqError(400, 'bad-request')
    return refusal(iq, known.code, known.message)
  }
}

function refusal({ attrs: { to: from = SERVER, id } }: BinaryNode, code: number, text: string): BinaryNode {
  return node('iq', { from, id, type: 'error' }, [node('error', { code: String(code), text })])
}

/** The experiment flag of chats by LID, `lid_one_on_one_migration_enabled`. */
const LID_MIGRATION_PROP = '9435'

function migrationProps({ isMigrated }: Person): BinaryNode[] | undefined {
  if (isMigrated === undefined) return undefined
  return [node('prop', { config_code: LID_MIGRATION_PROP, config_value: isMigrated ? '1' : '0' })]
}

function privacySettings(): BinaryNode[] {
  const settings = { last: 'all', online: 'all', profile: 'all', status: 'all', groupadd: 'all', readreceipts: 'all' }
  return Object.entries(settings).map(([name, value]) => node('category', { name, value }))
}
