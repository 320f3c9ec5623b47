/** Parses `Range`, `If-Range` and `If-None-Match`. */
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

/** Whether the caller has this version of the file already, and does not want it again (`If-None-Match`). */
export const isKnown = (headers: IncomingHttpHeaders, { etag }: Pick<RangedFile, 'etag'>): boolean => {
  const known = (headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return known.includes('*') || known.includes(etag)
}

const within = (start: number, end: number, size: number): Range | 'none' => (start < size ? { start, end } : 'none')
