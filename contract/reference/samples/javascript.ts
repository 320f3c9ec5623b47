import { type Call, type CallBody, variablesOf } from './call.ts'
import { literal, javascript as words } from './literal.ts'

const address = (path: string) => `\`\${PARLEY}${path.replaceAll('{', `\${`)}\``

/** The call as a module for Node, or a page of an allowed origin. */
export function javascript(call: Call): string {
  const { method, path, headers, body, answer } = call
  const all = [
    `    Authorization: \`Bearer \${TOKEN}\`,`,
    ...headersWith(headers, body).map(([name, value]) => `    ${words.key(name)}: ${words.string(value)},`),
  ]
  return [
    ...(needsFile(body) ? ["import { openAsBlob } from 'node:fs'", ''] : []),
    `const { ${variablesOf(call).join(', ')} } = process.env`,
    '',
    ...formLines(body),
    `const answer = await fetch(${address(path)}, {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    '  headers: {',
    ...all,
    '  },',
    ...bodyLines(body),
    '})',
    readers[answer],
  ].join('\n')
}

const headersWith = (headers: Call['headers'], body: CallBody | undefined): Call['headers'] => {
  if (body?.kind === 'json') return [...headers, ['Content-Type', 'application/json']]
  return body?.kind === 'bytes' ? [...headers, ['Content-Type', body.type]] : headers
}

const needsFile = (body: CallBody | undefined) =>
  body?.kind === 'bytes' || (body?.kind === 'form' && Object.values(body.parts).some(({ file }) => file))

const formLines = (body: CallBody | undefined): string[] => {
  if (body?.kind !== 'form') return []
  const append = Object.entries(body.parts).map(
    ([name, part]) =>
      `form.append(${words.string(name)}, ${part.file ? "await openAsBlob('file')" : words.string(part.value)})`,
  )
  return ['const form = new FormData()', ...append, '']
}

const bodyLines = (body: CallBody | undefined): string[] => {
  if (body === undefined) return []
  if (body.kind === 'json') return [`  body: JSON.stringify(${literal(body.value, words, '  ')}),`]
  return [body.kind === 'form' ? '  body: form,' : "  body: await openAsBlob('file'),"]
}

const readers: Record<Call['answer'], string> = {
  json: 'console.log(answer.status, await answer.json())',
  nothing: 'console.log(answer.status)',
  bytes: 'console.log(answer.status, await answer.blob())',
  events: [
    'const lines = answer.body.pipeThrough(new TextDecoderStream())',
    'for await (const text of lines) console.log(text)',
  ].join('\n'),
}
