/** What apps show of a file before they have it: its size in pixels, how long it plays. */
import type { FileType } from '../file-type.ts'
import { voiceType } from '../file-type.ts'
import { createMp4Reader } from './mp4.ts'
import { lastPageBytes, opusSecondsOf } from './opus.ts'
import { isAnimated, pictureSizeOf } from './picture-size.ts'

export interface Details {
  /** Pixels. */
  width?: number
  /** Pixels. */
  height?: number
  seconds?: number
  /** Absent when it does not move. */
  animated?: true
}

/** Reads a file while it passes; keeps less than 400 KiB of it. */
export interface Inspector {
  add(chunk: Buffer): void
  /** What was found; what was not is absent. */
  end(): Details
}

/** Metadata of cameras is before the size of a picture. */
const headBytes = 256 * 1024

/** @param type undefined = nothing is known of such files */
export const createInspector = (type: FileType | undefined): Inspector => {
  const family = type?.mimetype.split('/')[0]
  if (family === 'image') return pictureInspector()
  if (type?.mimetype === voiceType) return opusInspector()
  return type?.mimetype.includes('mp4') || type?.mimetype.includes('3gpp') ? mp4Inspector() : nothing
}

const nothing: Inspector = { add: () => {}, end: () => ({}) }

const pictureInspector = (): Inspector => {
  const head = createHead(headBytes)
  return {
    add: head.add,
    end: () => ({ ...pictureSizeOf(head.bytes()), ...(isAnimated(head.bytes()) && { animated: true }) }),
  }
}

const opusInspector = (): Inspector => {
  const head = createHead(64)
  let tail = Buffer.alloc(0)
  return {
    add(chunk) {
      head.add(chunk)
      tail = Buffer.concat([tail, chunk]).subarray(-lastPageBytes)
    },
    end() {
      const seconds = opusSecondsOf(head.bytes(), tail)
      return seconds === undefined ? {} : { seconds }
    },
  }
}

const mp4Inspector = (): Inspector => {
  const { add, end } = createMp4Reader()
  return {
    add,
    end() {
      const { size, seconds } = end()
      return { ...size, ...(seconds !== undefined && { seconds }) }
    },
  }
}

/** The first bytes of what passes. */
const createHead = (most: number) => {
  const parts: Buffer[] = []
  let length = 0
  return {
    add(chunk: Buffer) {
      if (length >= most) return
      const part = Buffer.from(chunk.subarray(0, most - length))
      parts.push(part)
      length += part.length
    },
    bytes: () => Buffer.concat(parts),
  }
}
