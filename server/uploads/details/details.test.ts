/** Sizes and durations, from files that are built here byte by byte, and from broken ones. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fileTypeOf } from '../file-type.ts'
import { createInspector } from './details.ts'

const latin = (text: string) => Buffer.from(text, 'latin1')
const u16 = (value: number) => latin(String.fromCharCode(value >> 8, value & 255))
const u32 = (value: number) => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)])

const segment = (marker: number, body: Buffer) => Buffer.concat([Buffer.of(0xff, marker), u16(body.length + 2), body])
const frame = (marker = 0xc0) => segment(marker, Buffer.concat([Buffer.of(8), u16(480), u16(640), Buffer.alloc(10)]))
const jpeg = (...segments: Buffer[]) => Buffer.concat([latin('\xff\xd8'), ...segments, latin('\xff\xda\0\x08')])
const png = (width: number, height: number) =>
  Buffer.concat([latin('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), u32(width), u32(height), latin('\x08\x02\0\0\0')])
const webp = (chunk: string, body: Buffer) =>
  Buffer.concat([latin('RIFF\0\0\0\0WEBP'), latin(chunk), u32(0), body, Buffer.alloc(16)])

const box = (type: string, ...body: Buffer[]) => {
  const content = Buffer.concat(body)
  return Buffer.concat([u32(content.length + 8), latin(type), content])
}
const longBox = (type: string, body: Buffer) =>
  Buffer.concat([u32(1), latin(type), u32(0), u32(body.length + 16), body])
const mvhd = (scale: number, duration: number) =>
  box('mvhd', Buffer.alloc(12), u32(scale), u32(duration), Buffer.alloc(80))
const longMvhd = box('mvhd', Buffer.of(1), Buffer.alloc(19), u32(1_000), u32(0), u32(7_400))
const tkhd = (width: number, height: number) => box('tkhd', Buffer.alloc(76), u16(width), u16(0), u16(height), u16(0))
const ftyp = box('ftyp', latin('isom'), Buffer.alloc(8))
const moov = box('moov', mvhd(1_000, 12_400), box('trak', tkhd(0, 0)), box('trak', tkhd(1280, 720)))

const page = (samples: number) => Buffer.concat([latin('OggS\0\x04'), u32(samples).reverse(), Buffer.alloc(18)])
const opus = (samples: number) =>
  Buffer.concat([
    page(0),
    latin('OpusHead\x01\x01'),
    latin('\x38\x01'),
    Buffer.alloc(300_000),
    page(samples),
    Buffer.alloc(99),
  ])

const detailsOf = (file: Buffer, chunk = 64 * 1024) => {
  const inspector = createInspector(fileTypeOf(file.subarray(0, 64)))
  for (let at = 0; at < file.length; at += chunk) inspector.add(file.subarray(at, at + chunk))
  return inspector.end()
}

describe.each([1_000_000, 64 * 1024, 7, 1])('in pieces of %i bytes', (chunk) => {
  test.each<[string, Buffer, object]>([
    ['a JPEG', jpeg(frame()), { width: 640, height: 480 }],
    [
      'a progressive JPEG behind metadata',
      jpeg(segment(0xe1, Buffer.alloc(9_000)), latin('\xff'), frame(0xc2)),
      { width: 640, height: 480 },
    ],
    ['a JPEG without a frame', jpeg(segment(0xc4, Buffer.alloc(20))), {}],
    ['a PNG', png(4_000, 3_000), { width: 4_000, height: 3_000 }],
    ['a PNG of no size', png(0, 3), {}],
    [
      'a lossy WebP',
      webp('VP8 ', Buffer.concat([Buffer.alloc(6), latin('\x80\x02\xe0\x01')])),
      { width: 640, height: 480 },
    ],
    ['a lossless WebP', webp('VP8L', latin('\x2f\x7f\xc2\x77\0')), { width: 640, height: 480 }],
    [
      'an animated WebP',
      webp('VP8X', latin('\x02\0\0\0\xff\x01\0\xff\x01\0')),
      { width: 512, height: 512, animated: true },
    ],
    [
      'an MP4',
      Buffer.concat([ftyp, moov, box('mdat', Buffer.alloc(5_000))]),
      { width: 1280, height: 720, seconds: 12 },
    ],
    [
      'an MP4 whose index is last',
      Buffer.concat([ftyp, longBox('mdat', Buffer.alloc(5_000)), moov]),
      { width: 1280, height: 720, seconds: 12 },
    ],
    ['an MP4 of long numbers', Buffer.concat([ftyp, box('moov', longMvhd)]), { seconds: 7 }],
    ['an MP4 without an index', Buffer.concat([ftyp, u32(0), latin('mdat'), moov]), {}],
    ['an MP4 whose boxes have no length', Buffer.concat([ftyp, u32(7), latin('moov'), moov]), {}],
    ['a text', latin('hello'), {}],
  ])('%s', (_what, file, details) => expect(detailsOf(file, chunk)).toEqual(details))
})

test.each([
  [48_000 * 3 + 312, { seconds: 3 }],
  [400, { seconds: 1 }],
  [0, {}],
])('Ogg with Opus of %i samples', (samples, details) => {
  for (const chunk of [1_000_000, 64 * 1024, 4_093]) expect(detailsOf(opus(samples), chunk)).toEqual(details)
})

test('a broken file has details that could be true, or none, and breaks nothing', () => {
  const files = [jpeg(frame()), png(4, 3), webp('VP8X', Buffer.alloc(10)), Buffer.concat([ftyp, moov]), opus(9)]
  const broken = fc.record({ file: fc.constantFrom(...files), cut: fc.nat(400), at: fc.nat(400), byte: fc.nat(255) })
  fc.assert(
    fc.property(broken, ({ file, cut, at, byte }) => {
      const copy = Buffer.from(file.subarray(0, cut))
      if (at < copy.length) copy[at] = byte
      for (const value of Object.values(detailsOf(copy, 64))) expect(value === true || value > 0).toBe(true)
    }),
    { numRuns: 300 },
  )
})
