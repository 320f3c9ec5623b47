import { type BlobKind, type BlobReference, encryptBlob } from './blob.ts'

/** The most files; the oldest are evicted. */
const MAX_BLOBS = 1_000

/** The files of the media host: encrypted bytes by path. */
export class MediaStore {
  readonly #blobs = new Map<string, Buffer>()
  /** Paths that once had a file. */
  readonly #gone = new Set<string>()

  /** Encrypts a file as phones do, and stores it. */
  put(plain: Uint8Array, kind: BlobKind): BlobReference {
    const { sealed, reference } = encryptBlob(plain, kind)
    this.#blobs.set(reference.directPath, sealed)
    const [oldest] = this.#blobs.keys()
    if (this.#blobs.size > MAX_BLOBS && oldest !== undefined) this.remove(oldest)
    return reference
  }

  /** Removes a file, as the real host does after some weeks: its path answers 404 from then on. */
  remove(directPath: string): void {
    if (this.#blobs.delete(directPath)) this.#gone.add(directPath)
  }

  /** @returns the bytes; `gone` when they were removed; undefined when nothing was ever at this path */
  get(directPath: string): Buffer | 'gone' | undefined {
    return this.#blobs.get(directPath) ?? (this.#gone.has(directPath) ? 'gone' : undefined)
  }
}
