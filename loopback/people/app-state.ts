import { proto } from '@whiskeysockets/baileys'
import { SERVER } from '../wire/jids.ts'
import { type BinaryNode, node } from '../wire/nodes.ts'

/** The most patches of a collection. A client that is further behind cannot catch up. */
const MAX_PATCHES = 10_000

/** The part of a companion that settings need. */
interface Notified {
  notify(type: string, attrs: Record<string, string | undefined>, content: BinaryNode[]): void
}

/** Or the reference to a snapshot. */
interface Patch {
  version: number
  encoded: Uint8Array
}

/**
 * The shared settings (app state) of an account's devices: read marks, archived chats, contact names. The server only stores the
 * encrypted patches in order, and cannot read them.
 */
export class AppState {
  readonly #companions: ReadonlyMap<number, Notified>
  readonly #collections = new Map<string, Patch[]>()
  readonly #snapshots = new Map<string, Patch>()

  /** @param companions of the account, which are notified of each new patch */
  constructor(companions: ReadonlyMap<number, Notified>) {
    this.#companions = companions
  }

  versionOf(collection: string): number {
    return this.#collections.get(collection)?.at(-1)?.version ?? 0
  }

  /** Sets the snapshot for clients that start with the collection; they also get the patches after its version. */
  offerSnapshot(collection: string, version: number, reference: Uint8Array): void {
    this.#snapshots.set(collection, { version, encoded: reference })
  }

  /** The snapshot for a client that starts, if there is one. */
  snapshotOf(collection: string): Patch | undefined {
    return this.#snapshots.get(collection)
  }

  /** The patches after this version, in order. */
  since(collection: string, version: number): Uint8Array[] {
    const patches = this.#collections.get(collection) ?? []
    return patches.filter((patch) => patch.version > version).map(({ encoded }) => encoded)
  }

  /**
   * Adds a patch on top of `version`, and notifies the companions other than its author.
   * @returns false when there is a newer version: the author must catch up and retry
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
