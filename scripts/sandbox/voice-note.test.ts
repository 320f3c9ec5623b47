import { expect, test } from 'vitest'
import { createInspector } from '../../server/uploads/details/details.ts'
import { fileTypeOf, voiceType } from '../../server/uploads/file-type.ts'
import { voiceNoteOf } from './voice-note.ts'

test('a voice note is Ogg with Opus that lasts as long as it says', () => {
  const bytes = voiceNoteOf(3)
  const inspector = createInspector(fileTypeOf(bytes))
  inspector.add(bytes)
  expect(fileTypeOf(bytes)?.mimetype).toBe(voiceType)
  expect(inspector.end()).toEqual({ seconds: 3 })
})
