import { expect, test } from 'vitest'
import { createTestLog } from '../test-support.ts'
import { libraryLog } from './library-log.ts'

test('warnings and errors go on as debug lines, with words only', () => {
  const log = createTestLog()
  const library = libraryLog(log, 'sess_1')

  library.warn({ key: { remoteJid: '6281234567890@s.whatsapp.net' }, message: 'hello' }, 'failed to decrypt message')
  library.error({ err: new Error('no session for 6281234567890.0') }, 'error in handling message')

  expect(log.text().split('\n')).toEqual([
    JSON.stringify([{ sessionId: 'sess_1', library: 'failed to decrypt message', cause: '' }, 'the library logged']),
    JSON.stringify([
      { sessionId: 'sess_1', library: 'error in handling message', cause: 'no session for #.0' },
      'the library logged',
    ]),
  ])
})

test('lines below warning are dropped, and stanzas are not formatted', () => {
  const log = createTestLog()
  const library = libraryLog(log, 'sess_1').child({ class: 'socket' })

  library.info({ node: 'secret' }, 'logging in')
  library.debug('secret')
  library.trace({ xml: 'secret' })

  expect(log.text()).toBe('')
  expect(library.level).toBe('warn')
})

test('keys, ids and base64 in the words are blotted out', () => {
  const log = createTestLog()

  libraryLog(log, 'sess_1').warn('session of 3EB0C767D26A1D6C54D3AB12 with c2VjcmV0c2VjcmV0c2VjcmV0 and 12345678')

  expect(log.text()).toContain('session of # with # and #')
})
