import { proto } from '@whiskeysockets/baileys'
import type { IqHandler } from '../client.ts'
import { SERVER } from '../wire/jids.ts'
import { type BinaryNode, bytes, child, children, node } from '../wire/nodes.ts'
import type { Account } from './account.ts'
import type { Companion } from './companion.ts'

/** Patches kept for each collection. A client that is further behind than this can't catch up. */
const MAX_PATCHES = 10_000

/** Or a snapshot, of which the server knows where it is. */
interface Patch {
  version: number
  encoded: Uint8Array
}

/**
 * What an account's phone and companions share of settings: read marks, archived chats, contact names. The server only
 * keeps the encrypted patches in order; it can't read them.
 */
export class AppState {
  readonly #account: Account
  readonly #collections = new Map<string, Patch[]>()
  readonly #snapshots = new Map<string, Patch>()

  constructor(account: Account) {
    this.#account = account
  }

  versionOf(collection: string): number {
    return this.#collections.get(collection)?.at(-1)?.version ?? 0
  }

  /** Gives this reference to clients that begin with the collection, with the patches above its version. */
  offerSnapshot(collection: string, version: number, reference: Uint8Array): void {
    this.#snapshots.set(collection, { version, encoded: reference })
  }

  /** What a client that begins is given in place of old patches, if anything. */
  snapshotOf(collection: string): Patch | undefined {
    return this.#snapshots.get(collection)
  }

  /** The patches above this version, in order. */
  since(collection: string, version: number): Uint8Array[] {
    const patches = this.#collections.get(collection) ?? []
    return patches.filter((patch) => patch.version > version).map(({ encoded }) => encoded)
  }

  /**
   * Adds a patch that was made on top of `version`, and tells the companions apart from its author.
   * @returns false when there is a newer version: the author must catch up and try again
   */
  append(collection: string, version: number, patch: Uint8Array, author?: Companion): boolean {
    if (version !== this.versionOf(collection)) return false
    const next = version + 1
    const encoded = proto.SyncdPatch.encode({ ...proto.SyncdPatch.decode(patch), version: { version: next } }).finish()
    const patches = [...(this.#collections.get(collection) ?? []), { version: next, encoded }]
    this.#collections.set(collection, patches.slice(-MAX_PATCHES))
    for (const companion of this.#account.companions.values()) {
      if (companion === author) continue
      const changed = node('collection', { name: collection, version: String(next) })
      companion.notify('server_sync', { from: SERVER }, [changed])
    }
    return true
  }
}

/** A client brings patches, or asks for those that it has not seen. */
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
