import { type BlobKind, type BlobReference, encryptBlob } from './blob.ts'

/** Files kept; the oldest go first. */
const MAX_BLOBS = 1_000

/** What the media host keeps: bytes that it can't read, by path. */
export class MediaStore {
  readonly #blobs = new Map<string, Buffer>()
  /** Paths that once had a file. */
  readonly #gone = new Set<string>()

  /** Encrypts a file as phones do, and keeps it. */
  put(plain: Uint8Array, kind: BlobKind): BlobReference {
    const { sealed, reference } = encryptBlob(plain, kind)
    this.#blobs.set(reference.directPath, sealed)
    const [oldest] = this.#blobs.keys()
    if (this.#blobs.size > MAX_BLOBS && oldest !== undefined) this.remove(oldest)
    return reference
  }

  /** As the real host does after some weeks: the path answers 404 from then on. */
  remove(directPath: string): void {
    if (this.#blobs.delete(directPath)) this.#gone.add(directPath)
  }

  /** @returns the bytes; `gone` when they were removed; undefined when nothing was ever at this path */
  get(directPath: string): Buffer | 'gone' | undefined {
    return this.#blobs.get(directPath) ?? (this.#gone.has(directPath) ? 'gone' : undefined)
  }
}
