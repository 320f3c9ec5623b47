/** The samples of the reference page are run: by a shell, by Node and by Python, each against something that writes down the call. */
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { type Document, endpointsOf } from '../../../contract/document.ts'
import { type Call, callOf } from '../../../contract/reference/samples/call.ts'
import { curl } from '../../../contract/reference/samples/curl.ts'
import { javascript } from '../../../contract/reference/samples/javascript.ts'
import { pagingSamples } from '../../../contract/reference/samples/paging.ts'
import { python } from '../../../contract/reference/samples/python.ts'
import own from '../../../generated/openapi.json' with { type: 'json' }
import everyShape from '../every-shape/generated/openapi.json' with { type: 'json' }

const calls: Call[] = [own, everyShape].flatMap((bundle) => {
  const document = bundle as unknown as Document
  return endpointsOf(document).map((endpoint) => callOf(document, endpoint))
})

const env = { PARLEY: 'http://gateway.example/api/v1', TOKEN: 'wa_1', SESSION: 'sess_1', CURSOR: 'next' }

interface Made {
  method: string
  url: string
  headers: Record<string, string>
  body?: unknown
}

/** What a call is, whoever makes it. Of a file or a form only that there is one. */
const expected = ({ method, path, headers, body }: Call): Made => ({
  method,
  url: `${env.PARLEY}${path.replace('{SESSION}', env.SESSION)}`,
  headers: {
    authorization: 'Bearer wa_1',
    ...Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    ...(body?.kind === 'json' && { 'content-type': 'application/json' }),
    ...(body?.kind === 'bytes' && { 'content-type': body.type }),
  },
  ...(body !== undefined && { body: body.kind === 'json' ? body.value : body.kind }),
})

const tricky: Call = {
  method: 'POST',
  path: '/sessions/{SESSION}/things/a%22b@c',
  headers: [['X-Note', 'costs $5, `so` "they" say\\']],
  body: {
    kind: 'json',
    value: {
      "it's": ["o'clock", '"quoted" and $HOME', 'back\\slash\nnew line', `\${not} \`this\``, '…'],
      deep: { none: null, yes: true, no: false, half: 0.5, empty: {}, list: [], 'with-dash': [{ a: [1, 2] }] },
      long: 'x'.repeat(100),
    },
  },
  answer: 'json',
}
const all = [...calls, tricky]

test('curl', () => {
  // Each command writes its arguments, every one closed by a zero byte, and a line.
  const script = `curl() { for one in "$@"; do printf '%s\\0' "$one"; done; printf '\\n\\0'; }\n${all.map(curl).join('\n')}`
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const made = stdout
    .split('\n\0')
    .slice(0, -1)
    .map((line) => curlCall(line.split('\0').slice(0, -1)))
  expect(made).toEqual(all.map(expected))
})

const curlCall = (args: string[]): Made => {
  const made: Made = { method: 'GET', url: '', headers: {} }
  for (let at = 0; at < args.length; at++) {
    const flag = args[at] ?? ''
    if (!flag.startsWith('-')) made.url = flag
    if (['-X', '-H', '-d', '-F', '-o', '--data-binary'].includes(flag)) {
      const value = args[++at] ?? ''
      const [name = '', text = ''] = value.split(/: (.*)/s)
      if (flag === '-X') made.method = value
      if (flag === '-H') made.headers[name.toLowerCase()] = text
      if (flag === '-d') made.body = JSON.parse(value)
      if (flag === '-F') made.body = 'form'
      if (flag === '--data-binary') made.body = 'bytes'
    }
  }
  return made
}

describe('JavaScript', () => {
  // A module without its import, as a function of what it takes from elsewhere.
  const run = async (source: string, fetch: (url: string | URL, options: RequestInit) => unknown) => {
    const body = source.replace(/^import .*$/m, '')
    const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (...values: unknown[]) => unknown
    const openAsBlob = async () => new Blob(['bytes'])
    const process = { env }
    const console = { log: () => undefined }
    await new AsyncFunction('fetch', 'openAsBlob', 'process', 'console', body)(fetch, openAsBlob, process, console)
  }

  const kindOf = (body: unknown) => {
    if (body instanceof FormData) return 'form'
    return typeof body === 'string' ? JSON.parse(body) : 'bytes'
  }

  test.for(all)('$method $path', async (call) => {
    const made: Made[] = []
    await run(javascript(call), (url, { method = 'GET', headers, body }) => {
      const known = Object.entries(headers as Record<string, string>).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ])
      made.push({ method, url: String(url), headers: Object.fromEntries(known), ...(body && { body: kindOf(body) }) })
      return new Response('{}')
    })
    expect(made).toEqual([expected(call)])
  })

  test('reads every page of a list, and ends', async () => {
    const asked: string[] = []
    const list = calls.find(({ path }) => path === '/sessions/{SESSION}/chats')
    if (list === undefined) throw new Error('the contract has no list of chats')
    await run(pagingSamples(list).JavaScript, (url) => {
      asked.push(new URL(url).search)
      return Response.json({ data: [], nextCursor: ['two', 'three', null][asked.length - 1] })
    })
    expect(asked).toEqual(['', '?cursor=two', '?cursor=three'])
  })
})

test('Python', () => {
  const list = calls.find(({ path }) => path === '/sessions/{SESSION}/chats') ?? tricky
  const sources = [...all.map(python), pagingSamples(list).Python]
  const { stdout, stderr, error } = spawnSync('python3', ['-c', recorder], {
    env: { ...process.env, ...env, SAMPLES: JSON.stringify(sources) },
    encoding: 'utf8',
  })
  if (error) throw new Error(`python3 is needed for this test: ${error.message}`)
  expect(stderr).toBe('')
  const made: Made[] = JSON.parse(stdout)
  const { url } = expected(list)
  const page = { method: 'GET', url, headers: { authorization: 'Bearer wa_1' } }
  expect(made).toEqual([...all.map(expected), page, page, page])
})

/** Runs each sample with a `requests` that writes calls down, and a file that is there. */
const recorder = `
import builtins, io, json, os, sys, types
made = []
class Answer:
    status_code, content = 200, b""
    def json(self):
        return {"data": [], "nextCursor": ["two", "three", None][len(made) % 3]}
    def iter_lines(self, **options):
        return []
def recorded(method):
    def call(url, headers={}, **rest):
        one = {"method": method.upper(), "url": url, "headers": {name.lower(): value for name, value in headers.items()}}
        if "json" in rest:
            one["body"] = rest["json"]
            one["headers"]["content-type"] = "application/json" # as requests does
        elif "files" in rest: one["body"] = "form"
        elif "data" in rest: one["body"] = "bytes"
        made.append(one)
        return Answer()
    return call
requests = types.ModuleType("requests")
for method in ["get", "post", "put", "patch", "delete"]: setattr(requests, method, recorded(method))
sys.modules["requests"] = requests
samples, out = json.loads(os.environ["SAMPLES"]), sys.stdout
builtins.open = lambda *names: io.BytesIO(b"bytes")
sys.stdout = io.StringIO()
for sample in samples[:-1]: exec(compile(sample, "sample", "exec"), {})
rest, made = made, []
Answer.json = lambda self: {"data": [], "nextCursor": ["two", "three", None][len(made) - 1]}
exec(compile(samples[-1], "sample", "exec"), {})
json.dump(rest + made, out)
`
