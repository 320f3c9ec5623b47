/** Answers through the server that are files, whole or in part. */
import { describe, expect, test } from 'vitest'
import { notFound } from '../../../server/model/errors.ts'
import { ask, behave, codeIn, disposition, get, serveReplies, slices } from './replying.ts'

serveReplies()

describe('a file', () => {
  test('goes out whole', async () => {
    const { status, headers, text } = await get('/media/med_1')
    expect({ status, text, ...Object.fromEntries(headers) }).toMatchObject({
      status: 200,
      text: '0123456789',
      etag: '"v1"',
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-type': 'image/png',
      'content-disposition': 'attachment',
    })
  })

  test('goes out in part', async () => {
    const { status, headers, text } = await get('/media/med_1', { Range: 'bytes=2-5', 'If-Range': '"v1"' })
    expect([status, text, headers.get('content-range'), headers.get('content-length'), headers.get('etag')]).toEqual([
      206,
      '2345',
      'bytes 2-5/10',
      '4',
      '"v1"',
    ])
  })

  test('that has changed in the meantime is sent whole', async () => {
    const { status, text } = await get('/media/med_1', { Range: 'bytes=2-5', 'If-Range': '"v0"' })
    expect([status, text]).toEqual([200, '0123456789'])
  })

  test('that the caller has is not sent again', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, text } = await ask(method, '/media/med_1', {
        'If-None-Match': '"v1"',
        Range: 'bytes=2-5',
      })
      expect([status, headers.get('etag'), headers.get('content-type'), text]).toEqual([304, '"v1"', null, ''])
    }
    expect((await get('/media/med_1', { 'If-None-Match': '"v0"' })).status).toBe(200)
  })

  test('has no such bytes', async () => {
    const { status, headers, text } = await get('/media/med_1', { Range: 'bytes=10-' })
    expect([status, headers.get('content-range'), headers.get('etag'), codeIn(text)]).toEqual([
      416,
      'bytes */10',
      null,
      'range_not_satisfiable',
    ])
  })

  test('is only described to HEAD', async () => {
    const { status, headers, text } = await ask('HEAD', '/media/med_1', { Range: 'bytes=2-5' })
    expect([status, headers.get('content-length'), text]).toEqual([200, '10', ''])
  })

  test('that is there no more when it is read is a refusal, without the headers of the file', async () => {
    behave.downloadBytes = () => ({
      status: 200,
      type: 'image/png',
      headers: disposition,
      file: {
        size: 10,
        etag: '"v1"',
        // biome-ignore lint/correctness/useYield: it fails before its first byte
        async *read() {
          throw notFound('media')
        },
      },
    })
    const { status, headers, text } = await get('/media/med_1', { Range: 'bytes=0-4' })
    expect([status, codeIn(text), headers.get('content-type')]).toEqual([
      404,
      'not_found',
      'application/json; charset=utf-8',
    ])
    expect(['etag', 'content-range', 'content-disposition'].map((name) => headers.get(name))).toEqual([
      null,
      null,
      null,
    ])
  })

  test.for([9, 11])('of which %i bytes of 10 come breaks the connection', async (length) => {
    behave.downloadBytes = () => ({
      status: 200,
      type: 'image/png',
      headers: disposition,
      file: { size: 10, etag: '"v1"', read: () => slices(Buffer.alloc(length, 'x')) },
    })
    await expect(get('/media/med_1')).rejects.toThrow()
  })
})
