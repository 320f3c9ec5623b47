/**
 * Frees the memory of bytes now, instead of at the next garbage collection. Buffers lie outside of the heap, and V8 collects the
 * whole heap when they have grown by some 20 MB: pages of messages alone would cause that every 500 requests.
 * @param bytes nobody reads them any more. A part of a larger buffer, such as Node's pool, is left as it is
 */
export const release = ({ buffer, byteLength }: Uint8Array): void => {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached || byteLength < buffer.byteLength) return
  try {
    buffer.transfer(0)
  } catch {
    // Its owner does not let go of it: it is collected like any other.
  }
}
