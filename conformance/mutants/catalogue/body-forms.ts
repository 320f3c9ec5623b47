/** Servers that take a body in forms that the contract does not have, or refuse it in one that it has. */
import { brotliDecompressSync, inflateSync } from 'node:zlib'
import { operationIds, operations } from '../../parley.ts'
import { type Asked, insteadOf, on, refuse, withHeaders } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const withBodies = operationIds.filter((id) => operations[id].hasBody)
const without = operationIds.filter((id) => !operations[id].hasBody && operations[id].bodyTypes.length === 0)

const typeOf = ({ headers }: Asked) => headers['content-type'] ?? ''
const codingOf = ({ headers }: Asked) => headers['content-encoding'] ?? ''
const textOf = ({ bytes }: Asked) => bytes?.toString('utf8') ?? ''

const plain = { 'content-type': 'application/json', 'content-encoding': undefined }
const withText = (asked: Asked, text: string): Asked => ({ ...withHeaders(asked, plain), bytes: Buffer.from(text) })

/** What the right server refuses is read all the same. */
const reads = (
  name: string,
  fault: string,
  killedBy: string,
  statuses: number | readonly number[],
  read: (asked: Asked) => Asked | undefined,
): Mutant => ({
  id: `forms/${name}`,
  fault,
  killedBy: [killedBy],
  because: /^answered 2\d\d instead of/,
  make: () =>
    on(
      withBodies,
      insteadOf(statuses, (asked, ask) => {
        const other = read(asked)
        return ask(other ?? asked)
      }),
    ),
})

/** What the right server takes is refused. */
const refuses = (
  name: string,
  fault: string,
  killedBy: string,
  which: (asked: Asked) => boolean,
  [status, code]: readonly [number, string] = [415, 'unsupported_media_type'],
  of: readonly (typeof operationIds)[number][] = withBodies,
): Mutant => ({
  id: `forms/${name}`,
  fault,
  killedBy: [killedBy],
  because: `answered ${status} instead of`,
  touches: ['*/body-ignored*', '*/type-with-charset'],
  make: () =>
    on(
      [...of],
      on(which, () => refuse(status, code)),
    ),
})

const inJson = (asked: Asked, type: RegExp) => (type.test(typeOf(asked)) ? withHeaders(asked, plain) : undefined)

const decoded = (asked: Asked, coding: string, decode: (bytes: Buffer) => Buffer) =>
  codingOf(asked) === coding && asked.bytes !== undefined
    ? { ...withHeaders(asked, plain), bytes: decode(asked.bytes) }
    : undefined

const respelt = (asked: Asked, from: RegExp, to: string) =>
  from.test(textOf(asked)) ? withText(asked, textOf(asked).replaceAll(from, to)) : undefined

const unreadable = (variant: string) => `*/400/validation_error/${variant}`
const unsupported = (variant: string) => `*/415/unsupported_media_type/${variant}`

const notJson = (asked: Asked) => asked.bytes !== undefined && asked.bytes.length > 0 && asked.body === undefined

export const bodyForms: readonly Mutant[] = [
  reads('json-family', 'takes every type that ends in +json', unsupported('type-of-json-family'), 415, (asked) =>
    inJson(asked, /\+json$/),
  ),
  reads('text-json', 'takes text/json', unsupported('type-text-json'), 415, (asked) => inJson(asked, /^text\/json$/)),
  reads('type-begins', 'looks at the beginning of a media type only', unsupported('type-longer'), 415, (asked) =>
    inJson(asked, /^application\/json\w/),
  ),
  reads('brotli', 'unpacks Brotli', unsupported('encoding-br'), 415, (asked) =>
    decoded(asked, 'br', brotliDecompressSync),
  ),
  reads('deflate', 'inflates bodies', unsupported('encoding-deflate'), 415, (asked) =>
    decoded(asked, 'deflate', inflateSync),
  ),
  reads('coding-ignored', 'ignores a coding that it does not know', unsupported('encoding-unknown'), 415, (asked) =>
    decoded(asked, 'x-none', (bytes) => bytes),
  ),
  reads(
    'chunked-any-size',
    'counts the bytes of a body only if it says its length',
    '*/413/payload_too_large/body-over-1-mib-chunked',
    413,
    (asked) => (asked.chunked ? withText(asked, textOf(asked).trim()) : undefined),
  ),
  reads('comma', 'takes a comma after the last member', unreadable('json-comma'), 400, (asked) =>
    respelt(asked, /,\}$/g, '}'),
  ),
  reads('nan', 'takes NaN', unreadable('json-nan'), 400, (asked) => respelt(asked, /,"unknown":NaN\}$/g, '}')),
  reads('comment', 'takes comments', unreadable('json-comment'), 400, (asked) => respelt(asked, /^\/\* \*\//g, '')),
  reads('single-quotes', 'takes single quotes', unreadable('json-single-quotes'), 400, (asked) =>
    respelt(asked, /'/g, '"'),
  ),
  reads('charset-ignored', 'ignores the charset of a body', unreadable('charset-latin1'), 400, (asked) =>
    inJson(asked, /charset=latin1/),
  ),
  {
    ...refuses(
      'deep-breaks-it',
      'fails on arrays that are 100,000 deep',
      '*/400|422/validation_error/json-deep',
      (asked) => textOf(asked).startsWith('[[[['),
      [500, 'internal'],
    ),
  },
  {
    ...refuses(
      'nan-as-422',
      'reads NaN, and refuses it for its name',
      unreadable('json-nan'),
      (asked) => textOf(asked).includes('NaN'),
      [422, 'validation_error'],
    ),
  },
  refuses('chunked', 'wants to know the length of a body', '*/body-chunked', ({ chunked }) => chunked, [
    400,
    'validation_error',
  ]),
  refuses(
    'identity',
    'refuses whatever names a coding',
    '*/encoding-identity',
    (asked) => codingOf(asked) === 'identity',
  ),
  refuses('type-case', 'compares media types with their case', '*/type-in-capitals', (asked) =>
    /[A-Z]/.test(typeOf(asked)),
  ),
  refuses(
    'ignored-empty',
    'wants JSON of a body that is empty, and that it does not need',
    '*/body-ignored-empty',
    (asked) => typeOf(asked) === 'application/json' && asked.bytes === undefined,
    [400, 'validation_error'],
    without,
  ),
  refuses(
    'ignored-no-json',
    'parses a body that it does not need',
    '*/body-ignored-no-json',
    (asked) => typeOf(asked) === 'application/json' && notJson(asked) && textOf(asked).trim() !== '',
    [400, 'validation_error'],
    without,
  ),
  refuses(
    'ignored-text',
    'looks at the type of a body that it does not need',
    '*/body-ignored-text',
    (asked) => typeOf(asked) === 'text/plain',
    [415, 'unsupported_media_type'],
    without,
  ),
  refuses(
    'ignored-large',
    'looks at the size of a body that it does not need',
    '*/body-ignored-large',
    ({ bytes }) => (bytes?.length ?? 0) > 1_048_576,
    [413, 'payload_too_large'],
    without,
  ),
]
