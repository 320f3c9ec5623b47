import { describe, expect, test } from 'vitest'
import type { SealedKind } from './facts.ts'
import { openSealed } from './sealed-content.ts'

/** Made with another implementation of HKDF and AES-GCM: the same content, each time under this secret, nonce and id. */
const vectors: [SealedKind, string][] = [
  ['edit', '4016bb68a7692b0d64b3541a2865eaad920022b84ee0ba91ec45965d6bf504'],
  ['event_edit', '0286f24375d2dfde3cdff5dc5a6391ee49ba619490b7281d198c2c3d7418be'],
  ['poll_edit', 'ca77ba7466eb632eaa545f213a8c7d1926d2de90576f2c6e3d48575a07e42b'],
  ['poll_option', '110ab428c865022e626aa57c4147d5d5746df52e725e7eef813d3e15abe301'],
  ['vote', '52b488df010f8202cc40e4b47f59d7bd9eb0366f9b33c036ecbef1ef092e3d'],
  ['reaction', 'd048a941d3f72ac555e1b40d39ab4cbc412392b9ef7ee639b2cbce292ebeb5'],
  ['comment', 'c71a788715b40d1a85b86301eb6c5ab54b388af69881d7926479fe347fa788'],
  ['event_answer', '01b355345e943841050fe0657dbe8d05c84a3a5dbf8a8581e23645cbdc073c'],
]
const secret = Buffer.from(Array.from({ length: 32 }, (_, n) => n))
const iv = Buffer.from(Array.from({ length: 12 }, (_, n) => 100 + n))
const under = { secret, authors: ['111@lid'], senders: ['222@lid'] }
const sealed = (holds: SealedKind, hex: string) => ({
  holds,
  targetId: '3EB0AAAA',
  iv,
  payload: Buffer.from(hex, 'hex'),
})

describe.each(vectors)('%s', (holds, hex) => {
  test('opens with the secret of its message', () => {
    expect(openSealed(sealed(holds, hex), under)?.toString()).toBe('what was sealed')
  })

  test('opens whichever address of author and sender was meant', () => {
    const people = { authors: ['6281@s.whatsapp.net', '111@lid'], senders: ['6282@s.whatsapp.net', '222@lid'] }
    expect(openSealed(sealed(holds, hex), { secret, ...people })?.toString()).toBe('what was sealed')
  })

  test.each<[string, object, object?]>([
    ['another secret', { secret: Buffer.alloc(32) }],
    ['another author', { authors: ['333@lid'] }],
    ['another sender', { senders: ['333@lid'] }],
    ['nobody', { authors: [] }],
    ['another message', {}, { targetId: '3EB0AAAB' }],
    ['another use', {}, { holds: holds === 'edit' ? 'comment' : 'edit' }],
    ['a byte that differs', {}, { payload: Buffer.from(hex.replace(/^../, '00'), 'hex') }],
    ['an end that is missing', {}, { payload: Buffer.from(hex.slice(0, -2), 'hex') }],
  ])('does not open with %s', (_, other, changed = {}) => {
    expect(openSealed({ ...sealed(holds, hex), ...changed }, { ...under, ...other })).toBeUndefined()
  })
})
