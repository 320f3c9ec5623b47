/** `result.json`: what every other report is made of. */
import { countVerdicts, type Result, verdicts } from '../result.ts'

export const toJson = (result: Result): string => `${JSON.stringify(result, undefined, 2)}\n`

/**
 * Reads what `toJson` wrote.
 * @throws Error for a file that was cut off, has a verdict of no known kind, or whose counts disagree with its records
 */
export const parseResult = (text: string): Result => {
  const result = parse(text)
  if (result.format !== 1) throw new Error(`the result has format ${String(result.format)}, and this suite reads 1`)
  if (result.footer === undefined || result.records === undefined)
    throw new Error('the result has no footer: it was cut off')
  const unknown = result.records.find(({ verdict }) => !verdicts.includes(verdict))
  if (unknown !== undefined) throw new Error(`${unknown.id} has the verdict ${unknown.verdict}, which there is not`)
  const counts = countVerdicts(result.records)
  const agree = [...verdicts, 'steered' as const].every((name) => counts[name] === result.footer?.counts[name])
  if (!agree || result.footer.cases !== result.records.length)
    throw new Error('the counts do not agree with the records')
  return result as Result
}

const parse = (text: string): Partial<Result> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    throw new Error('the result is not whole: it was cut off, or is no JSON')
  }
}
