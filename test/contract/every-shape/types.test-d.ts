/** Checked by the compiler alone: the types say what each shape is. */
import type { Upload } from '../../../server/model/body.ts'
import type { Chunks, RangedFile, StreamEvents } from '../../../server/model/reply.ts'
import type { Input, LiveCall, OperationId, Reply } from '../../../server/operation.ts'
import type { ContractTypes } from './generated/contract.ts'
import type { EventBodies } from './generated/types.ts'

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

// Replies
type Answer<K extends OperationId<ContractTypes>> = Reply<K, ContractTypes>
declare const file: RangedFile
declare const chunks: Chunks
declare const events: StreamEvents
const attachment = { 'Content-Disposition': 'attachment' }

export const ranged: Answer<'downloadBytes'> = { status: 200, type: 'image/webp', headers: attachment, file }
export const streamed: Answer<'exportRows'> = {
  status: 200,
  type: 'application/x-ndjson',
  headers: attachment,
  stream: chunks,
}
export const told: Answer<'streamEvents'> = { status: 200, type: 'text/event-stream', events }
export const later: Answer<'sendThing'> = { status: 202, headers: { Location: '/x' }, body: { done: false } }
export const sooner: Answer<'sendThing'> = { status: 201, body: { done: true } }

// @ts-expect-error no 200 is declared
export const undeclaredStatus: Answer<'sendThing'> = { status: 200, body: { done: true } }

// @ts-expect-error 202 says where it can be read
export const forgottenHeader: Answer<'sendThing'> = { status: 202, body: { done: false } }

// @ts-expect-error the header is Location
export const misspeltHeader: Answer<'sendThing'> = { status: 202, headers: { Loction: '/x' }, body: { done: false } }

// @ts-expect-error 201 has no headers
export const undeclaredHeader: Answer<'sendThing'> = { status: 201, headers: { Location: '/x' }, body: { done: true } }

// @ts-expect-error the server makes 206 of a file
export const ownStatus: Answer<'downloadBytes'>['status'] = 206

// @ts-expect-error the operation declares no ranges
export const noRanges: Answer<'exportRows'> = { status: 200, type: 'application/x-ndjson', headers: attachment, file }

// @ts-expect-error it gives pictures and bytes
export const wrongType: Answer<'downloadBytes'> = { status: 200, type: 'text/html', headers: attachment, file }

// @ts-expect-error JSON is a value
export const streamedJson: Answer<'getGroup'> = { status: 200, type: 'application/json', stream: chunks }

// @ts-expect-error a stream of events has events
export const noEvents: Answer<'streamEvents'> = { status: 200, type: 'text/event-stream', stream: chunks }
