/** Streams the parts of a `multipart/form-data` body, which busboy parses. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FileInfo, Parser } from 'busboy'
import type { OperationRow } from '../../../generated/operations.ts'
import type { Bytes, Field, FilePart, Parts } from '../../model/body.ts'
import { type FieldError, type FieldErrorCode, GatewayError, invalid, unreadable } from '../../model/errors.ts'
import { bounded } from './bytes.ts'
import { hasBody, mediaTypeOf } from './headers.ts'

const maxFieldBytes = 65_536

export interface FormRules {
  /** The kind of each part, and whether it is required. */
  parts: OperationRow['bodyParts']
  maxBytes: number
  /** Why the contract refuses the text of a field; empty when it does not. */
  faultsOf: (name: string, value: string) => FieldError[]
}

/**
 * @returns undefined when the request has no body
 * @throws GatewayError 415 for another media type or any content coding; 413 when more than `maxBytes` are announced; 400 when it
 * has no boundary
 */
export const readForm = async (request: IncomingMessage, rules: FormRules): Promise<Parts | undefined> => {
  const { headers } = request
  if (!hasBody(headers)) return undefined
  mediaTypeOf(headers, ['multipart/form-data'])
  const bytes = bounded(request, rules.maxBytes)
  // Loaded with the first such body: few gateways ever get one.
  const { default: busboy } = await import('busboy')
  const most = Object.keys(rules.parts).length
  try {
    // Parts without a name count, too. The parser reports when it has reached the limit.
    const counts = { fields: most, files: most, parts: most + 1 }
    const limits = { fieldNameSize: 100, fieldSize: maxFieldBytes, headerPairs: 20, ...counts }
    return parts(bytes, busboy({ headers, defParamCharset: 'utf8', limits }), rules)
  } catch {
    throw malformed()
  }
}

const malformed = () => unreadable('the body is not valid multipart/form-data', '/body')

/** Yields one part at a time; a file has to be read before the next part. */
async function* parts(bytes: Bytes, parser: Parser, rules: FormRules): AsyncGenerator<Field | FilePart> {
  const found = listen(parser, rules)
  pipeline(Readable.from(bytes), parser).then(found.end, found.fail)
  try {
    for (let next = await found.next(); next !== undefined; next = await found.next()) {
      yield next.part
      await next.skip()
    }
  } finally {
    parser.destroy()
  }
}

interface Found {
  part: Field | FilePart
  /** Discards what was not read of it: the parser reaches the next part only then. */
  skip(): Promise<void>
}

/** The parser's events as a queue. */
const listen = (parser: Parser, { parts, faultsOf }: FormRules) => {
  const seen = new Set<string>()
  const queue: Found[] = []
  let file: Readable | undefined
  let failure: Error | undefined
  let hasEnded = false
  let wake = () => {}

  const fail = (error: Error) => {
    failure ??= error instanceof GatewayError ? error : malformed()
    file?.destroy(failure)
    wake()
  }
  const refuse = (part: string, fault: string, code: FieldErrorCode) => {
    const name = part.slice(0, 64)
    fail(invalid([{ path: `/body/${name}`, message: `${name} ${fault}`, code }]))
  }

  /** Whether the operation takes the part, and it is not a duplicate. */
  const takes = (name: string, kind: 'field' | 'file') => {
    const known = Object.hasOwn(parts, name) ? parts[name] : undefined
    if (known === undefined) refuse(name, 'is not a part of this body', 'unknown')
    else if (known.kind !== kind)
      refuse(name, known.kind === 'file' ? 'must be a file' : 'must be text, not a file', 'type')
    else if (seen.has(name)) refuse(name, 'is given more than once', 'repeated')
    else seen.add(name)
    return failure === undefined
  }

  parser.on('field', (name = '', value, info) => {
    if (!takes(name, 'field')) return
    if (info.valueTruncated) return refuse(name, `must have at most ${maxFieldBytes} bytes`, 'too_long')
    const faults = faultsOf(name, value)
    if (faults.length > 0) return fail(invalid(faults))
    queue.push({ part: { kind: 'field', name, value }, skip: async () => {} })
    wake()
  })
  parser.on('file', (name = '', stream, info) => {
    file = stream
    // Its reader gets the error; without a listener it would end the process.
    stream.on('error', () => {})
    if (!takes(name, 'file')) return stream.destroy(failure)
    const bytes = fileBytes(stream, () => failure)
    const skip = async () => {
      await bytes.return(undefined)
      stream.resume()
    }
    queue.push({ part: { kind: 'file', name, ...described(info), bytes }, skip })
    wake()
  })
  for (const limit of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const)
    parser.on(limit, () =>
      fail(invalid([{ path: '/body', message: 'the body has more parts than it may have', code: 'too_long' }])),
    )

  return {
    fail,
    end: () => {
      hasEnded = true
      wake()
    },
    /** The next part; undefined at the end. */
    next: async () => {
      while (queue.length === 0 && failure === undefined && !hasEnded)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      if (failure !== undefined) throw failure
      const found = queue.shift()
      const missing = found === undefined && Object.keys(parts).find((name) => parts[name]?.required && !seen.has(name))
      if (missing) throw invalid([{ path: `/body/${missing}`, message: `${missing} is required`, code: 'required' }])
      return found
    },
  }
}

async function* fileBytes(file: Readable, failure: () => Error | undefined): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of file.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) yield chunk
  } catch {
    throw failure() ?? malformed()
  }
}

const described = ({ filename, mimeType }: FileInfo) => {
  const name = filename?.replaceAll(/\p{Cc}/gu, '').slice(0, 255)
  return { type: mimeType.toLowerCase(), ...(name && { filename: name }) }
}
