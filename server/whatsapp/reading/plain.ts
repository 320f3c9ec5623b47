/** Parse untrusted values from WhatsApp; return undefined if unusable. */

/** The end of year 9999: later dates break other programs. */
export const farFuture = Date.UTC(9999, 11, 31)

/** A number, however the wire format's decoder showed it: number, digits, bigint or 64 bits in two halves. */
export const numberOf = (value: unknown): number | undefined => {
  const number = toNumber(value)
  return number !== undefined && Number.isFinite(number) ? number : undefined
}

/** A size in bytes; undefined when it is not one. */
export const sizeOf = (value: unknown): number | undefined => {
  const size = numberOf(value)
  return size !== undefined && Number.isSafeInteger(size) && size >= 0 ? size : undefined
}

/** Epoch milliseconds of a WhatsApp time, which is in seconds, or in milliseconds in newer fields. Undefined for 0 and less. */
export const millisOf = (value: unknown): number | undefined => {
  const time = numberOf(value)
  if (time === undefined || time <= 0) return undefined
  // 10^11 seconds is the year 5138, 10^11 milliseconds is 1973: no WhatsApp time is near either.
  return Math.min(Math.round(time < 1e11 ? time * 1_000 : time), farFuture)
}

const toNumber = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') return /^-?\d{1,20}$/.test(value) ? Number(value) : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if (!('low' in value && 'high' in value)) return undefined
  const { low, high } = value
  if (typeof low !== 'number' || typeof high !== 'number') return undefined
  const unsigned = 'unsigned' in value && value.unsigned === true
  return (unsigned ? high >>> 0 : high | 0) * 2 ** 32 + (low >>> 0)
}
