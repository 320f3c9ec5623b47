/** Prism as a library: which documented answer an operation gives, and what of a request breaks the contract. */
import { createLogger } from '@stoplight/prism-core'
import { createInstance, getHttpOperationsFromSpec, type IHttpConfig, type IHttpRequest } from '@stoplight/prism-http'
import type { Preferred } from './prefer.ts'

/** One request as the contract sees it. */
export interface Question {
  /** Upper case. */
  method: string
  /** The path as the contract has it, such as `/sessions/{session}`. */
  template: string
  /** The path as it came, without the base path. */
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  /** Parsed JSON, or text; undefined = none. */
  body: unknown
  preferred: Preferred
}

/** One rule of the contract that a request breaks. */
export interface Violation {
  /** A JSON Schema keyword, such as `enum`; a status where there is none: 401. */
  code?: string | number
  /** For people, with the name of the member at its beginning. */
  message: string
  /** Where, such as `['body', 'state']`; undefined = the body is missing. */
  path?: string[]
}

export interface Outcome {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  /** What the contract shows: a value for JSON, text for anything else; undefined = no body. */
  body: unknown
  violations: Violation[]
}

export interface Engine {
  /** @throws Error when the contract has no such answer */
  answer(question: Question): Promise<Outcome>
}

const config: IHttpConfig = {
  isProxy: false,
  checkSecurity: true,
  validateRequest: true,
  validateResponse: false,
  errors: false,
  upstreamProxy: undefined,
  mock: { dynamic: false },
}

/** @param file the bundled contract */
export const createEngine = async (file: string): Promise<Engine> => {
  const resources = (await getHttpOperationsFromSpec(file)).map(withoutOptionalHeaders)
  const prism = createInstance(config, { logger: createLogger('mock', { enabled: false }) })
  return {
    answer: async ({ method, template, path, query, headers, body, preferred }) => {
      const own = resources.filter((one) => one.path === template && one.method === method.toLowerCase())
      const input: IHttpRequest = {
        method: method.toLowerCase() as IHttpRequest['method'],
        url: { path, query },
        headers,
        body,
      }
      const said = await prism.request(input, own, { ...config, mock: { dynamic: false, ...preferred } })()
      if (said._tag === 'Left') throw said.left
      const { output, validations } = said.right
      return {
        status: output.statusCode,
        headers: lowerCase(output.headers ?? {}),
        body: output.body,
        violations: validations.input,
      }
    },
  }
}

/** A header that Prism and the mock both set must not be there twice. */
const lowerCase = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))

type Resource = Awaited<ReturnType<typeof getHttpOperationsFromSpec>>[number]

/** What a header that may be absent says is true of some calls only, such as that an answer is given again. */
const withoutOptionalHeaders = (resource: Resource): Resource => ({
  ...resource,
  responses: resource.responses.map(({ headers = [], ...response }) => ({
    ...response,
    headers: headers.filter(({ required }) => required),
  })),
})
