/** Size and duration of MP4 and 3GP, from the box `moov`, which may be anywhere in the file. */
import type { Size } from './picture-size.ts'

export interface Mp4Details {
  size?: Size
  seconds?: number
}

/** Reads a file while it passes. */
export interface Mp4Reader {
  add(chunk: Buffer): void
  end(): Mp4Details
}

/** The header of the film and the first of its tracks are at the beginning of `moov`. */
const mostKept = 64 * 1024
const headerBytes = 8
const longHeaderBytes = 16

export const createMp4Reader = (): Mp4Reader => {
  let header = Buffer.alloc(0)
  /** Bytes of the current box that are still to come. */
  let rest = 0
  let isMoov = false
  let isOver = false
  const kept: Buffer[] = []
  let keptBytes = 0

  const keep = (bytes: Buffer) => {
    if (!isMoov || keptBytes >= mostKept) return
    const part = Buffer.from(bytes.subarray(0, mostKept - keptBytes))
    kept.push(part)
    keptBytes += part.length
  }

  /** Begins the next box when its header is complete. */
  const begin = () => {
    const box = boxAt(header, 0)
    if (box === undefined) return
    // A box without an end is the last one.
    isOver = box.bytes < box.headerBytes || keptBytes > 0
    isMoov = box.type === 'moov'
    rest = box.bytes - box.headerBytes
    header = Buffer.alloc(0)
  }

  return {
    add(chunk) {
      for (let at = 0; at < chunk.length && !isOver; ) {
        if (rest > 0) {
          const part = chunk.subarray(at, at + rest)
          keep(part)
          rest -= part.length
          at += part.length
        } else {
          // Byte by byte, so that a header is never longer than it is.
          header = Buffer.concat([header, chunk.subarray(at, at + 1)])
          at += 1
          begin()
        }
      }
    },
    end: () => detailsIn(Buffer.concat(kept)),
  }
}

interface Box {
  type: string
  /** Header included. */
  bytes: number
  headerBytes: number
}

/** @returns undefined when its header is not complete */
const boxAt = (bytes: Buffer, at: number): Box | undefined => {
  if (bytes.length < at + headerBytes) return undefined
  const short = bytes.readUInt32BE(at)
  const type = bytes.toString('latin1', at + 4, at + 8)
  if (short !== 1) return { type, bytes: short, headerBytes }
  if (bytes.length < at + longHeaderBytes) return undefined
  return { type, bytes: Number(bytes.readBigUInt64BE(at + 8)), headerBytes: longHeaderBytes }
}

/** The boxes inside a box; the last may be cut off. */
function* boxesIn(bytes: Buffer): Generator<{ type: string; body: Buffer }> {
  for (let at = 0; ; ) {
    const box = boxAt(bytes, at)
    if (box === undefined || box.bytes < box.headerBytes) return
    yield { type: box.type, body: bytes.subarray(at + box.headerBytes, at + box.bytes) }
    at += box.bytes
  }
}

const detailsIn = (moov: Buffer): Mp4Details => {
  const details: Mp4Details = {}
  for (const { type, body } of boxesIn(moov)) {
    const seconds = type === 'mvhd' ? secondsIn(body) : undefined
    if (seconds !== undefined) details.seconds = seconds
    if (type !== 'trak') continue
    for (const { type: inner, body: header } of boxesIn(body)) {
      const size = inner === 'tkhd' ? sizeIn(header) : undefined
      if (size !== undefined) details.size ??= size
    }
  }
  return details
}

const secondsIn = (mvhd: Buffer): number | undefined => {
  const isLong = mvhd[0] === 1
  if (mvhd.length < (isLong ? 32 : 20)) return undefined
  const scale = mvhd.readUInt32BE(isLong ? 20 : 12)
  const duration = isLong ? Number(mvhd.readBigUInt64BE(24)) : mvhd.readUInt32BE(16)
  const seconds = Math.round(duration / scale)
  return Number.isSafeInteger(seconds) && seconds > 0 && seconds < 1_000_000 ? seconds : undefined
}

/** A track of sound has no size. */
const sizeIn = (tkhd: Buffer): Size | undefined => {
  const at = tkhd[0] === 1 ? 88 : 76
  if (tkhd.length < at + 8) return undefined
  const [width, height] = [tkhd.readUInt16BE(at), tkhd.readUInt16BE(at + 4)]
  return width > 0 && height > 0 ? { width, height } : undefined
}
