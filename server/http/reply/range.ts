/** Parses `Range` and `If-Range`. */
import type { IncomingHttpHeaders } from 'node:http'
import type { RangedFile } from '../../model/reply.ts'

/** From `start` to before `end`. */
export interface Range {
  start: number
  end: number
}

/**
 * Supports one range. Several ranges, another unit and an invalid header are answered with the whole file, as RFC 9110 allows; a range
 * of another version of the file (`If-Range`) must be.
 * @returns undefined for the whole; 'none' when no byte of the range exists
 */
export const rangeOf = (
  headers: IncomingHttpHeaders,
  { size, etag }: Pick<RangedFile, 'size' | 'etag'>,
): Range | 'none' | undefined => {
  const condition = headers['if-range']
  if (condition !== undefined && condition !== etag) return undefined
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(headers.range ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return within(Math.max(0, size - Number(last)), size, size)
  if (last !== '' && Number(last) < Number(first)) return undefined
  return within(Number(first), last === '' ? size : Math.min(Number(last) + 1, size), size)
}

const within = (start: number, end: number, size: number): Range | 'none' => (start < size ? { start, end } : 'none')
