import type { Call, CallBody } from './call.ts'
import { json, literal } from './literal.ts'

/** Within double quotes of a shell. */
const quoted = (text: string) => `"${text.replace(/["$`\\]/g, '\\$&')}"`

/** Within single quotes, where nothing is special but a single quote. */
const verbatim = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** A URL after `$PARLEY`, with the variables of its path. */
const address = (path: string) =>
  quoted(path)
    .replace(/^"/, '"$PARLEY')
    .replace(/\{([A-Z]+)\}/g, '$$$1')

/** The call as one command of a POSIX shell. */
export function curl({ method, path, headers, body, answer }: Call): string {
  const verb = method === 'GET' ? '' : `-X ${method} `
  const look = { nothing: '-i ', events: '-N ', json: '', bytes: '' }[answer]
  return [
    `curl ${look}${verb}${address(path)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...bodyLines(body),
    ...(answer === 'bytes' ? ['-o answer'] : []),
  ].join(' \\\n  ')
}

const bodyLines = (body: CallBody | undefined): string[] => {
  if (body === undefined) return []
  if (body.kind === 'json') return ['-H "Content-Type: application/json"', `-d ${verbatim(literal(body.value, json))}`]
  if (body.kind === 'bytes') return [`-H ${quoted(`Content-Type: ${body.type}`)}`, '--data-binary @file']
  return Object.entries(body.parts).map(([name, part]) =>
    part.file ? `-F ${quoted(`${name}=@file`)}` : `-F ${verbatim(`${name}=${part.value}`)}`,
  )
}
