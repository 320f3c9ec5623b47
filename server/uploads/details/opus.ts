/** The duration of Ogg with Opus: the number of samples is in the header of the last page. */

const samplesPerSecond = 48_000
/** The longest page: the last one begins within so many bytes of the end. */
export const lastPageBytes = 65_307

/** @param head the first bytes @param tail the last `lastPageBytes`, or the whole file */
export const opusSecondsOf = (head: Buffer, tail: Buffer): number | undefined => {
  const at = tail.lastIndexOf('OggS')
  if (at < 0 || tail.length < at + 14 || head.length < 40) return undefined
  const samples = Number(tail.readBigInt64LE(at + 6)) - head.readUInt16LE(38)
  const seconds = Math.round(samples / samplesPerSecond)
  return samples > 0 && seconds < 1_000_000 ? Math.max(1, seconds) : undefined
}
