import { expect, test } from 'vitest'
import { fileTypeOf } from './file-type.ts'

const ogg = (codec: string) => `OggS${'\0'.repeat(24)}${codec}`

test.each([
  ['image/jpeg', '\xff\xd8\xff\xe0\0\x10JFIF'],
  ['image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
  ['image/webp', 'RIFF\x24\0\0\0WEBPVP8 '],
  ['image/gif', 'GIF89a'],
  ['video/mp4', '\0\0\0\x18ftypisom\0\0\0\0'],
  ['video/mp4', '\0\0\0\x18ftypmp42'],
  ['video/3gpp', '\0\0\0\x18ftyp3gp5'],
  ['video/quicktime', '\0\0\0\x14ftypqt  '],
  ['audio/mp4', '\0\0\0\x18ftypM4A '],
  ['audio/ogg; codecs=opus', ogg('OpusHead')],
  ['audio/mpeg', 'ID3\x04\0'],
  ['audio/mpeg', '\xff\xfb\x90\x44'],
  ['audio/mpeg', '\xff\xf3\x80\x44'],
  ['audio/aac', '\xff\xf1\x50\x80'],
  ['audio/aac', '\xff\xf9\x50\x80'],
  ['audio/amr', '#!AMR\n'],
  ['application/pdf', '%PDF-1.7'],
])('%s is known by its first bytes', (mimetype, head) => {
  expect(fileTypeOf(Buffer.from(head, 'latin1'))?.mimetype).toBe(mimetype)
})

test.each([
  ...['', '\xff', '\xff\xd8', '<html>', 'PK\x03\x04', 'RIFF\x24\0\0\0WAVEfmt ', '\x89PNG', 'ID', '\0\0\0\x18ftypheic'],
  // Byte order marks of UTF-16, and headers of frames with reserved values.
  ...['\xff\xfea\0', '\xfe\xff\0a', '\xff\xfb\xf0\0', '\xff\xeb\x90\0', '\xff\xfb\x9c\0', '\xff\xff\xff\xff'],
  ...[ogg('\x01vorbis'), ogg('\x80theora'), 'OggS'],
])('%j is none that apps show', (head) => {
  expect(fileTypeOf(Buffer.from(head, 'latin1'))).toBeUndefined()
})
