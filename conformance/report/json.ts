/** `result.json`: what every other report is made of. */
import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import schema from '../result.schema.json' with { type: 'json' }
import { footerOf, type Result, verdicts } from '../result.ts'

/** The text is not a whole and honest result. */
export class BadResult extends Error {
  override name = 'BadResult'
}

export const toJson = (result: Result): string => `${JSON.stringify(result, undefined, 2)}\n`

/**
 * Reads what `toJson` wrote.
 * @throws BadResult for a text that was cut off, is not what `result.schema.json` says, or whose footer is not what its
 * records come to
 */
export const parseResult = (text: string): Result => {
  const value = parse(text)
  if (value.format !== undefined && value.format !== 1)
    throw new BadResult(`the result has format ${String(value.format)}, and this suite reads 1`)
  if (value.format === 1 && value.footer === undefined) throw new BadResult('the result has no footer: it was cut off')
  const odd = Array.isArray(value.records) ? value.records.find(hasUnknownVerdict) : undefined
  if (odd !== undefined) throw new BadResult(`${odd.id} has the verdict ${odd.verdict}, which there is not`)
  const isResult = validator()
  if (!isResult(value)) throw new BadResult(`this is no result: ${inWords(isResult.errors)}`)
  const { records, requirements, stale, strict, footer } = value
  const operations = [...new Set(requirements.map(({ operationId }) => operationId))]
  const ids = new Set(records.map(({ id }) => id))
  if (ids.size !== records.length) throw new BadResult('the result has a case twice')
  if (!isDeepStrictEqual(footer, footerOf(records, operations, stale, strict)))
    throw new BadResult('the counts do not agree with the records')
  return value
}

/** @throws BadResult that names the file */
export const readResult = async (file: string): Promise<Result> => {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new BadResult(`${file}: cannot be read`)
  })
  try {
    return parseResult(text)
  } catch (error) {
    throw error instanceof BadResult ? new BadResult(`${file}: ${error.message}`) : error
  }
}

const parse = (text: string): Partial<Result> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    throw new BadResult('the result is not whole: it was cut off, or is no JSON')
  }
}

const hasUnknownVerdict = (record: Partial<Result['records'][number]> | null) =>
  record?.verdict !== undefined && !verdicts.includes(record.verdict)

let compiled: ValidateFunction<Result> | undefined

/** Made when it is first needed: a run that writes results never reads one. */
const validator = (): ValidateFunction<Result> => {
  if (compiled === undefined) {
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    compiled = ajv.compile<Result>(schema)
  }
  return compiled
}

const inWords = (errors: ValidateFunction['errors']): string =>
  (errors ?? []).map(({ instancePath, message }) => `${instancePath || 'the whole'} ${message}`).join(', ')
