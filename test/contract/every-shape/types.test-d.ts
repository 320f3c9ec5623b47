/** Checked by the compiler alone: the types say what each shape is. */
import type { Upload } from '../../../server/model/body.ts'
import type { Input, LiveCall, OperationId } from '../../../server/operation.ts'
import type { ContractTypes, EventBodies } from './generated/contract.ts'

type Shape<K extends OperationId<ContractTypes>> = Input<K, ContractTypes>

// What goes in
export const header: Shape<'sendThing'>['header'] = { 'Idempotency-Key': 'k' }
export const query: Shape<'sendThing'>['query'] = { async: true }
export const path: Shape<'leaveGroup'>['path'] = { session: 's', gid: 'g' }
export const link: Shape<'sendThing'>['body'] = { type: 'link', url: 'u' }

// @ts-expect-error a text has no url
export const mixed: Shape<'sendThing'>['body'] = { type: 'text', url: 'u' }

// @ts-expect-error there is no such header
export const unknownHeader: Shape<'sendThing'>['header'] = { 'Idempotency-Kay': 'k' }

// What is told
export const received: EventBodies['message.received'] = { event: 'message.received', text: 'hello' }

// @ts-expect-error it is told what was said
export const silent: EventBodies['message.received'] = { event: 'message.received' }

// @ts-expect-error no such event is told
export type Unknown = EventBodies['message.burnt']

// Who is live
export const leave = ({ live }: Shape<'leaveGroup'>): LiveCall => live

// @ts-expect-error a message that may wait may have no client
export const send = ({ live }: Shape<'sendThing'>): LiveCall => live

// Bodies
export const bytes = ({ body }: Shape<'uploadBytes'>): Upload => body
export const nothing: Shape<'getGroup'>['body'] = undefined

export const parts = async ({ body }: Shape<'importParts'>): Promise<string> => {
  for await (const part of body) {
    // @ts-expect-error a file is no text
    if (part.name === 'file') return part.value
    return part.value
  }
  return ''
}

export const noSuchPart = async ({ body }: Shape<'importParts'>) => {
  // @ts-expect-error the operation takes no such part
  for await (const part of body) if (part.name === 'poem') return true
  return false
}
