import { below, type Contract } from './contract.ts'
import { type Judgement, judgeValue } from './oracle.ts'

/** Is it an event that the document names, and does it have what the document says of that event? */
export const judgeEvent = (contract: Contract, value: unknown): Judgement => {
  const name = typeof value === 'object' && value !== null && 'event' in value ? String(value.event) : 'nothing'
  const schema = below('/webhooks', name, 'post', 'requestBody', 'content', 'application/json', 'schema')
  if (contract.at(schema) === undefined)
    return { problems: [{ check: 'event', message: `the document has no event ${name}` }], info: [] }
  return judgeValue(contract, schema, value)
}
