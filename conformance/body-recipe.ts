/** How a body that is long, or no text, is made again: short enough for a report, and enough for a shell. */
import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'

/** A text, so many times over; once where nothing is said. */
interface Part {
  text: string
  times?: number
}

export type Recipe =
  /** One after the other, and compressed in the end. */
  { parts: Part[]; gzip?: true } | { base64: string }

const maxParts = 8
const maxText = 2_048
const maxBytes = 1_024
const maxUnpacked = 4 * 1_048_576

/** @param isShown whether a text may be shown as it is @returns undefined for a body that no few words describe */
export const recipeOf = (bytes: Buffer, isShown: (text: string) => boolean): Recipe | undefined => {
  const unpacked = unzipped(bytes)
  const plain = unpacked ?? bytes
  if (isUtf8(plain)) {
    const text = plain.toString('utf8')
    const parts = isShown(text) ? partsOf(text) : undefined
    return parts && { parts, ...(unpacked && { gzip: true as const }) }
  }
  if (bytes.length > maxBytes || !isShown(bytes.toString('latin1'))) return undefined
  return { base64: bytes.toString('base64') }
}

const unzipped = (bytes: Buffer): Buffer | undefined => {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxUnpacked })
  } catch {
    return undefined
  }
}

/** Long runs of one character, and the text between them. */
const partsOf = (text: string): Part[] | undefined => {
  const parts: Part[] = []
  let end = 0
  for (const { start, length } of runsOf(text)) {
    if (start > end) parts.push({ text: text.slice(end, start) })
    parts.push({ text: text.charAt(start), times: length })
    end = start + length
    if (parts.length > maxParts) return undefined
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts.reduce((sum, part) => sum + part.text.length, 0) > maxText ? undefined : parts
}

const leastRun = 64

/** Not by a pattern: that needs a stack as deep as the run is long. */
function* runsOf(text: string): Generator<{ start: number; length: number }> {
  for (let start = 0; start < text.length; ) {
    const unit = text.charCodeAt(start)
    let end = start + 1
    while (text.charCodeAt(end) === unit) end += 1
    if (end - start >= leastRun && unit >= 0x20 && unit <= 0x7e) yield { start, length: end - start }
    start = end
  }
}
