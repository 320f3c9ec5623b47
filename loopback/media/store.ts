import { type BlobKind, type BlobReference, encryptBlob, pathOf, sha256 } from './blob.ts'

/** The most files, and their bytes in all; the oldest are evicted. */
const MAX_BLOBS = 1_000
const MAX_BYTES = 512 * 1024 * 1024

/** The files of the media host: encrypted bytes by path. */
export class MediaStore {
  readonly #blobs = new Map<string, Buffer>()
  /** Paths that once had a file, and the bytes of those that phones still have. */
  readonly #gone = new Map<string, Buffer | undefined>()
  #bytes = 0

  /** Encrypts a file as phones do, and stores it. */
  put(plain: Uint8Array, kind: BlobKind): BlobReference {
    const { sealed, reference } = encryptBlob(plain, kind)
    this.#keep(reference.directPath, sealed)
    return reference
  }

  /** Stores an encrypted file. @returns its path, a new one for the same bytes, too */
  add(sealed: Buffer): string {
    const path = pathOf(sha256(sealed))
    this.#keep(path, sealed)
    return path
  }

  /**
   * Removes a file, as the real host does after some weeks: its path answers 404 from then on. Phones still have it, and can upload it
   * again.
   */
  remove(directPath: string): void {
    const blob = this.#blobs.get(directPath)
    if (blob && this.#blobs.delete(directPath)) this.#gone.set(directPath, blob)
  }

  /** Stores a file again, whether or not it was removed. @returns its new path; undefined when no phone has it any more */
  restore(directPath: string): string | undefined {
    const blob = this.#blobs.get(directPath) ?? this.#gone.get(directPath)
    if (!blob) return undefined
    if (this.#gone.has(directPath)) {
      this.#bytes -= blob.length
      this.#gone.set(directPath, undefined)
    }
    return this.add(blob)
  }

  /** @returns the bytes; `gone` when they were removed; undefined when nothing was ever at this path */
  get(directPath: string): Buffer | 'gone' | undefined {
    return this.#blobs.get(directPath) ?? (this.#gone.has(directPath) ? 'gone' : undefined)
  }

  #keep(path: string, sealed: Buffer): void {
    this.#blobs.set(path, sealed)
    this.#bytes += sealed.length
    while (this.#blobs.size > MAX_BLOBS || this.#bytes > MAX_BYTES) {
      const removed = [...this.#gone].find(([, bytes]) => bytes !== undefined)
      const [oldest, bytes] = removed ?? [...this.#blobs][0] ?? []
      if (oldest === undefined || !bytes || oldest === path) return
      this.#blobs.delete(oldest)
      this.#gone.set(oldest, undefined)
      this.#bytes -= bytes.length
    }
  }
}
