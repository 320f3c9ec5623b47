/** Servers that answer with another file, another part of it, or one that they should not. */
import type { Target } from '../../target.ts'
import type { WireAnswer } from '../../transport.ts'
import { type Ask, type Asked, answersWith, headed, insteadOf, on, withHeaders } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const download = 'downloadMedia'
const cases = (...variants: string[]) => variants.map((variant) => `${download}/${variant}`)
/** What compares bytes with bytes. */
const touches = cases('200/-/*', '206/*', '304/*', '416/*')

/** As if this header had not been sent. */
const deaf = (header: string, fault: string, killedBy: string[], because: string): Mutant => ({
  id: `attachments/ignores-${header}`,
  fault,
  killedBy: cases(...killedBy),
  because,
  touches,
  make: () => on(download, (asked, ask) => ask(withHeaders(asked, { [header]: undefined }))),
})

/** The attachment that the target file names, in place of what is asked for. */
const another = (target: Target) => (asked: Asked, ask: Ask) => {
  const { liveSession, mediaMessage } = target.fixtures
  return ask({ ...asked, target: `/sessions/${liveSession}/messages/${mediaMessage?.id}/media` })
}

const pretends = (
  status: number,
  id: string,
  because: string,
  which: (asked: Asked, target: Target) => boolean,
): Mutant => ({
  id: `attachments/pretends-${id.split('/').at(-1)}`,
  fault: `answers with some attachment in place of ${status} (${id.split('/').at(-1)})`,
  killedBy: cases(id),
  because,
  touches: cases('404*'),
  make: (target) =>
    on(
      (asked) => asked.operationId === download && which(asked, target),
      insteadOf(status, (asked, ask) => another(target)(asked, ask)),
    ),
})

const cutBy = (bytes: number) => (answer: WireAnswer) =>
  headed({ ...answer, bytes: answer.bytes.subarray(0, answer.bytes.length - bytes) }, { 'content-length': undefined })

const isOf = (asked: Asked, id: string | undefined) => id !== undefined && asked.target.includes(`/${id}/`)

/** Without `Range`, the whole of it. */
const allOf = (asked: Asked, ask: Ask) => ask(withHeaders(asked, { range: undefined }))

export const attachments: readonly Mutant[] = [
  {
    id: 'attachments/no-last-byte',
    fault: 'leaves out the last byte of an attachment',
    killedBy: cases('200/-/byte-for-byte', '200/-/incoming-picture'),
    because: /bytes, not|its SHA-256 is/,
    touches,
    make: () => on(download, answersWith(200, cutBy(1))),
  },
  {
    id: 'attachments/part-too-short',
    fault: 'leaves out the last byte of a range',
    killedBy: cases('206/-/ranges', '206/-/open-ranges'),
    because: 'has other bytes',
    touches,
    make: () => on(download, answersWith(206, cutBy(1))),
  },
  {
    id: 'attachments/one-too-far',
    fault: 'says of a range that it begins one byte later than it does',
    killedBy: cases('206/-/ranges'),
    because: 'Content-Range is',
    touches,
    make: () =>
      on(
        download,
        answersWith(206, (answer) =>
          headed(answer, {
            'content-range': answer.headers['content-range']?.replace(/\d+/, (first) => String(Number(first) + 1)),
          }),
        ),
      ),
  },
  {
    id: 'attachments/opened-in-place',
    fault: 'lets a browser open an attachment as a page',
    killedBy: cases('200/-/safe', '200/-/attachment'),
    because: 'Content-Disposition',
    touches: cases('*'),
    make: () =>
      on(
        download,
        answersWith([200, 206], (answer) => headed(answer, { 'content-disposition': 'inline' })),
      ),
  },
  deaf('range', 'answers with the whole whatever range is asked for', ['206/-/*', '416/*'], 'answered 200 instead of'),
  deaf('if-range', 'obeys a range of another version', ['200/-/range-of-another'], 'answered 206 instead of 200'),
  deaf('if-none-match', 'sends again what the caller has', ['304/-/known'], 'answered 200 instead of 304'),
  {
    id: 'attachments/knows-anything',
    fault: 'takes any version that the caller has for this one',
    killedBy: cases('200/-/not-known'),
    because: 'answered 304 instead of 200',
    touches,
    make: () =>
      on(
        ({ operationId, headers }) => operationId === download && headers['if-none-match'] !== undefined,
        (asked, ask) => ask(withHeaders(asked, { 'if-none-match': '*' })),
      ),
  },
  {
    id: 'attachments/no-conditions',
    fault: 'answers with the whole whenever a range has a condition',
    killedBy: cases('206/-/range-of-this'),
    because: 'answered 200 instead of 206',
    make: () => on(({ operationId, headers }) => operationId === download && headers['if-range'] !== undefined, allOf),
  },
  pretends(410, '410/gone/not-authentic', 'answered 200 instead of 410', () => true),
  pretends(404, '404/not_found/no-attachment', 'answered 200 instead of 404', (asked, { fixtures }) =>
    isOf(asked, fixtures.message?.id),
  ),
  pretends(
    404,
    '404/not_found/message-unknown',
    'answered 200 instead of 404',
    (asked, { fixtures }) =>
      asked.caller === 'full' &&
      asked.session === fixtures.liveSession &&
      /\/msg_[^/]+\/media$/.test(asked.target) &&
      !isOf(asked, fixtures.message?.id),
  ),
  pretends(
    404,
    '404/not_found/message-of-another-session',
    'answered 200 instead of 404',
    (asked, { fixtures }) =>
      asked.caller === 'full' && asked.session === fixtures.offlineSession && isOf(asked, fixtures.mediaMessage?.id),
  ),
]
