/** A voice note as WhatsApp's apps record them, Ogg with Opus, in which nobody says anything. */

const samplesPerSecond = 48_000
/** 20 ms of silence, mono. */
const silence = Buffer.of(0xf8, 0xff, 0xfe)
const packetsPerSecond = 50
/** Played samples of a packet. */
const packetSamples = samplesPerSecond / packetsPerSecond
const serial = 1

/** @param seconds a whole number, at most 5 */
export const voiceNoteOf = (seconds: number): Buffer => {
  const packets = Array.from({ length: seconds * packetsPerSecond }, () => silence)
  return Buffer.concat([
    page([Buffer.from('OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0', 'latin1')], { number: 0, flags: 2, samples: 0 }),
    page([Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1')], { number: 1, flags: 0, samples: 0 }),
    page(packets, { number: 2, flags: 4, samples: packets.length * packetSamples }),
  ])
}

/** @param packets at most 255, each shorter than 255 bytes @param flags 2 = the first page, 4 = the last one */
const page = (packets: Buffer[], { number, flags, samples }: { number: number; flags: number; samples: number }) => {
  const head = Buffer.alloc(27)
  head.write('OggS', 'latin1')
  head.writeUInt8(flags, 5)
  head.writeUInt32LE(samples, 6)
  head.writeUInt32LE(serial, 14)
  head.writeUInt32LE(number, 18)
  head.writeUInt8(packets.length, 26)
  const bytes = Buffer.concat([head, Buffer.from(packets.map(({ length }) => length)), ...packets])
  bytes.writeUInt32LE(checksumOf(bytes), 22)
  return bytes
}

/** The CRC of Ogg: not the usual one, whose bits are reflected. */
const checksumOf = (bytes: Buffer): number => {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 24
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0)
  }
  return crc >>> 0
}
