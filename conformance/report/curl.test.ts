/** A command that is pasted into a shell sends what the suite sent. */
import { execFileSync } from 'node:child_process'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Call } from '../case.ts'
import { suite } from '../cases/index.ts'
import { parley } from '../parley.ts'
import { createRedactor } from '../redact.ts'
import { wireRequest } from '../request.ts'
import type { Target } from '../target.ts'
import { toCurl } from './curl.ts'

const target: Target = {
  target: { name: 't', version: '1', kind: 'server' },
  baseUrl: 'http://127.0.0.1:1/api/v1',
  contract: { version: '1.0' },
  tokens: { full: 'wa_full', readOnly: 'wa_read' },
  fixtures: {},
}

const curlOf = (call: Call) =>
  toCurl(
    target.baseUrl,
    createRedactor(suite, target).exchange(call, wireRequest(parley, call, target, {}), undefined, 1),
  )

/** What a shell sends. */
const bytesOf = (command: string): Buffer =>
  execFileSync('bash', ['--norc', '-c', `curl() { cat; }\n${command}`], { maxBuffer: 4_000_000 })

/** What a shell makes of the command. */
const wordsOf = (command: string): string[] =>
  execFileSync('bash', ['--norc', '-c', `curl() { for word; do printf '%s\\0' "$word"; done; }\n${command}`], {
    env: { TOKEN_FULL: 'wa_full', TOKEN_READ_ONLY: 'wa_read', TOKEN_FULL_ALTERED: 'wa_fAll', TOKEN_FULL_BASIC: 'd2E=' },
    encoding: 'utf8',
  })
    .split('\0')
    .slice(0, -1)

test('it reads well', () => {
  expect(
    curlOf({ operationId: 'setChatPresence', path: { session: 's', cid: '1@g.us' }, body: { state: 'paused' } }),
  ).toBe(
    [
      'curl -i -X PUT http://127.0.0.1:1/api/v1/sessions/s/chats/1@g.us/presence',
      "-H 'Accept: application/json'",
      `-H 'Authorization: Bearer '"$TOKEN_FULL"`,
      "-H 'Content-Type: application/json'",
      `--data-binary '{"state":"paused"}'`,
    ].join(' \\\n  '),
  )
})

test.for<[Call['caller'], string[]]>([
  ['nobody', []],
  [{ token: 'full' }, ['Authorization: Bearer wa_full']],
  [{ token: 'readOnly', as: 'x-api-key' }, ['X-API-Key: wa_read']],
  [{ token: 'full', as: 'altered' }, ['Authorization: Bearer wa_fAll']],
  [{ token: 'full', as: 'altered-x-api-key' }, ['X-API-Key: wa_fAll']],
  [{ token: 'full', as: 'basic' }, ['Authorization: Basic d2E=']],
  [{ token: 'full', as: 'garbage' }, ['Authorization: Bearer not.a.token']],
])('the caller %j sends %j', ([caller, headers]) => {
  const sent = wordsOf(curlOf({ operationId: 'listSessions', ...(caller && { caller }) }))
  expect(sent.filter((word) => /^(Authorization|X-API-Key)/.test(word))).toEqual(headers)
})

test.for<[string, Record<string, string>, string[]]>([
  ['a token without a scheme', { Authorization: 'wa_full' }, ['Authorization: wa_full']],
  ['a token with another scheme', { Authorization: 'Token wa_full' }, ['Authorization: Token wa_full']],
  ['a token with something added', { Authorization: 'Bearer wa_fullA' }, ['Authorization: Bearer wa_fullA']],
  ['a token in cookies', { Cookie: 'token=wa_full; key=wa_full' }, ['Cookie: token=wa_full; key=wa_full']],
  ['a token that stands nowhere', { Authorization: 'Bearer wa_ful' }, ['Authorization: Bearer [another token]']],
])('%s is sent as it was, and no more of it is told', ([_words, headers, sent]) => {
  const command = curlOf({ operationId: 'listSessions', caller: 'nobody', headers })
  expect(command).not.toContain('wa_ful')
  expect(wordsOf(command).filter((word) => /^(Authorization|Cookie)/.test(word))).toEqual(sent)
})

test('no text of a request reaches the shell as anything but text', () => {
  const odd = `it's $HOME \`id\` "q" \\ ;|&\n\ttab \u0007\u0085é😀`
  const sent = wordsOf(curlOf({ operationId: 'createSession', raw: { bytes: Buffer.from(odd), contentType: odd } }))
  expect(sent.at(-1)).toBe(odd)
})

test('a body without a media type is sent without one', () => {
  const sent = wordsOf(
    curlOf({ operationId: 'createSession', raw: { bytes: Buffer.from('{}'), contentType: undefined } }),
  )
  expect(sent).toContain('Content-Type:')
})

test('a body that the report does not keep whole is not pretended', () => {
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => `${index} `).join(''))
  const command = curlOf({ operationId: 'createSession', raw: { bytes, contentType: 'text/plain' } })
  expect(command).toContain('--data-binary @body')
  expect(command).toMatch(/# the body is not kept whole/)
})

const json = JSON.stringify({ state: "it's" })

test.for<[string, Buffer]>([
  ['is long', Buffer.concat([Buffer.from(json), Buffer.alloc(1_048_577 - json.length, ' ')])],
  ['is deep', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
  ['is compressed', gzipSync(json)],
  ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x00, 0x27])],
])('a body that %s is made again by the shell', ([, bytes]) => {
  const command = curlOf({ operationId: 'createSession', raw: { bytes, contentType: 'application/json' } })
  expect(command.length).toBeLessThan(600)
  const made = bytesOf(command)
  expect(made[0] === 0x1f ? gunzipSync(made) : made).toEqual(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes)
})

test('a body in chunks is sent in chunks', () => {
  const raw = { bytes: Buffer.from('{}'), contentType: 'application/json' }
  expect(wordsOf(curlOf({ operationId: 'createSession', raw, chunked: true }))).toContain('Transfer-Encoding: chunked')
})

test('curl leaves the path as it is', () => {
  const command = curlOf({ operationId: 'listSessions', retarget: () => '/a/../b?x[]=1' })
  expect(command).toContain("curl -i --path-as-is --globoff 'http://127.0.0.1:1/api/v1/a/../b?x[]=1'")
})
