import type { IqHandler } from '../client.ts'
import type { Companion } from '../people/companion.ts'
import { type BinaryNode, bytes, child, children, node } from '../wire/nodes.ts'

/** A client uploads patches, or requests those that it does not have. */
export const syncAppState: IqHandler = (iq, { companion }) => {
  const collections = children(child(iq, 'sync'), 'collection').map((asked) => syncCollection(asked, companion))
  return [node('sync', {}, collections)]
}

function syncCollection(asked: BinaryNode, companion: Companion): BinaryNode {
  const { appState } = companion.account
  const name = asked.attrs.name ?? ''
  const version = Number(asked.attrs.version ?? 0)
  const patch = child(asked, 'patch')
  if (patch && !appState.append(name, version, bytes(patch), companion)) {
    const attrs = { name, version: String(appState.versionOf(name)), type: 'error' }
    return node('collection', attrs, [node('error', { code: '409', text: 'conflict' })])
  }
  const snapshot = asked.attrs.return_snapshot === 'true' && !patch ? appState.snapshotOf(name) : undefined
  const since = snapshot?.version ?? version
  const newer = patch ? [] : appState.since(name, since).map((encoded) => node('patch', {}, encoded))
  const attrs = { name, version: String(appState.versionOf(name)), has_more_patches: 'false' }
  const content = [
    ...(snapshot ? [node('snapshot', {}, snapshot.encoded)] : []),
    ...(newer.length > 0 ? [node('patches', {}, newer)] : []),
  ]
  return node('collection', attrs, content.length > 0 ? content : undefined)
}
