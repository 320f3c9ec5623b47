/** Types for the part of busboy that is used: it has none of its own. */
declare module 'busboy' {
  import type { IncomingHttpHeaders } from 'node:http'
  import type { Readable, Writable } from 'node:stream'

  interface Options {
    headers: IncomingHttpHeaders
    /** Charset of a filename or name that does not say its own. */
    defParamCharset: string
    limits: {
      fieldNameSize: number
      fieldSize: number
      fields: number
      files: number
      headerPairs: number
      parts: number
    }
  }

  interface FieldInfo {
    nameTruncated: boolean
    valueTruncated: boolean
  }

  interface FileInfo {
    filename: string | undefined
    mimeType: string
  }

  interface Parser extends Writable {
    on(event: 'field', listener: (name: string | undefined, value: string, info: FieldInfo) => void): this
    on(event: 'file', listener: (name: string | undefined, file: Readable, info: FileInfo) => void): this
    on(event: 'fieldsLimit' | 'filesLimit' | 'partsLimit' | 'close', listener: () => void): this
    on(event: 'error', listener: (error: Error) => void): this
  }

  /** Throws an Error for headers without a boundary. */
  export default function busboy(options: Options): Parser
}
