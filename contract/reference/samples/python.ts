import type { Call, CallBody } from './call.ts'
import { literal, python as words } from './literal.ts'

const address = (path: string) => `f"{env['PARLEY']}${path.replace(/\{([A-Z]+)\}/g, "{env['$1']}")}"`

/** The call as a program that uses the package `requests`. */
export function python({ method, path, headers, body, answer }: Call): string {
  const isBytes = body?.kind === 'bytes'
  const rest = [...headers, ...(isBytes ? [['Content-Type', body.type] as const] : [])]
  const all = ['"Authorization": f"Bearer {env[\'TOKEN\']}"', ...rest.map(([name, value]) => pair(name, value))]
  return [
    'from os import environ as env',
    'import requests',
    '',
    `answer = requests.${method.toLowerCase()}(`,
    `    ${address(path)},`,
    ...(all.length === 1
      ? [`    headers={${all[0]}},`]
      : ['    headers={', ...all.map((one) => `        ${one},`), '    },']),
    ...bodyLines(body),
    ...(answer === 'events' ? ['    stream=True,'] : []),
    ')',
    readers[answer],
  ].join('\n')
}

const pair = (name: string, value: string) => `${words.string(name)}: ${words.string(value)}`

const bodyLines = (body: CallBody | undefined): string[] => {
  if (body === undefined) return []
  if (body.kind === 'json') return [`    json=${literal(body.value, words, '    ')},`]
  if (body.kind === 'bytes') return ['    data=open("file", "rb"),']
  const parts = Object.entries(body.parts)
  const files = parts.flatMap(([name, part]) => (part.file ? [`${words.string(name)}: open("file", "rb")`] : []))
  const fields = parts.flatMap(([name, part]) => (part.file ? [] : [pair(name, part.value)]))
  return [
    ...(files.length > 0 ? [`    files={${files.join(', ')}},`] : []),
    ...(fields.length > 0 ? [`    data={${fields.join(', ')}},`] : []),
  ]
}

const readers: Record<Call['answer'], string> = {
  json: 'print(answer.status_code, answer.json())',
  nothing: 'print(answer.status_code)',
  bytes: 'print(answer.status_code, len(answer.content))',
  events: 'for line in answer.iter_lines(decode_unicode=True):\n    print(line)',
}
