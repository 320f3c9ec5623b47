import { proto } from '@whiskeysockets/baileys'
import { SERVER } from '../wire/jids.ts'
import { type BinaryNode, node } from '../wire/nodes.ts'

/** Patches kept for each collection. A client that is further behind than this can't catch up. */
const MAX_PATCHES = 10_000

/** A companion, as far as settings need it. */
interface Notified {
  notify(type: string, attrs: Record<string, string | undefined>, content: BinaryNode[]): void
}

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
  readonly #companions: ReadonlyMap<number, Notified>
  readonly #collections = new Map<string, Patch[]>()
  readonly #snapshots = new Map<string, Patch>()

  /** @param companions of the account: they are told of each new patch */
  constructor(companions: ReadonlyMap<number, Notified>) {
    this.#companions = companions
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
  append(collection: string, version: number, patch: Uint8Array, author?: Notified): boolean {
    if (version !== this.versionOf(collection)) return false
    const next = version + 1
    const encoded = proto.SyncdPatch.encode({ ...proto.SyncdPatch.decode(patch), version: { version: next } }).finish()
    const patches = [...(this.#collections.get(collection) ?? []), { version: next, encoded }]
    this.#collections.set(collection, patches.slice(-MAX_PATCHES))
    for (const companion of this.#companions.values()) {
      if (companion === author) continue
      const changed = node('collection', { name: collection, version: String(next) })
      companion.notify('server_sync', { from: SERVER }, [changed])
    }
    return true
  }
}
