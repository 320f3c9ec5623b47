/** Width and height of pictures, from their first bytes. What is not as it should be has no size: nothing here trusts a number. */

export interface Size {
  width: number
  height: number
}

/** @param head the first bytes: more find the size behind larger metadata */
export const pictureSizeOf = (head: Buffer): Size | undefined => {
  const size = jpegSize(head) ?? pngSize(head) ?? webpSize(head)
  return size && size.width > 0 && size.height > 0 ? size : undefined
}

/** Start-of-frame markers; C4, C8 and CC are none. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

const jpegSize = (head: Buffer): Size | undefined => {
  if (head.length < 4 || head.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 <= head.length; ) {
    if (head[at] !== 0xff) return undefined
    const marker = head[at + 1] ?? 0
    if (isFrame(marker)) return { height: head.readUInt16BE(at + 5), width: head.readUInt16BE(at + 7) }
    // Fill bytes, and markers without a segment.
    if (marker === 0xff) at += 1
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2
    else if (marker === 0xd9 || marker === 0xda) return undefined
    else at += 2 + Math.max(2, head.readUInt16BE(at + 2))
  }
  return undefined
}

const pngSize = (head: Buffer): Size | undefined =>
  head.length >= 24 && head.toString('latin1', 1, 4) === 'PNG' && head.toString('latin1', 12, 16) === 'IHDR'
    ? { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
    : undefined

const webpSize = (head: Buffer): Size | undefined => {
  if (head.length < 30 || head.toString('latin1', 8, 12) !== 'WEBP') return undefined
  const chunk = head.toString('latin1', 12, 16)
  if (chunk === 'VP8X') return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }
  if (chunk === 'VP8 ') return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff }
  if (chunk !== 'VP8L') return undefined
  const bits = head.readUInt32LE(21)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

/** Whether a WebP moves. */
export const isAnimated = (head: Buffer): boolean =>
  head.length >= 21 && head.toString('latin1', 12, 16) === 'VP8X' && ((head[20] ?? 0) & 2) !== 0
