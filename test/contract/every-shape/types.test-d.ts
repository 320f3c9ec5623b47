/** Checked by the compiler alone: the types say what each shape is. */
import type { Input, OperationId } from '../../../server/operation.ts'
import type { ContractTypes } from './generated/contract.ts'

type Shape<K extends OperationId<ContractTypes>> = Input<K, ContractTypes>

// What goes in
export const header: Shape<'sendThing'>['header'] = { 'Idempotency-Key': 'k' }
export const query: Shape<'sendThing'>['query'] = { async: true }
export const path: Shape<'leaveGroup'>['path'] = { gid: 'g' }
export const link: Shape<'sendThing'>['body'] = { type: 'link', url: 'u' }

// @ts-expect-error a text has no url
export const mixed: Shape<'sendThing'>['body'] = { type: 'text', url: 'u' }

// @ts-expect-error there is no such header
export const unknownHeader: Shape<'sendThing'>['header'] = { 'Idempotency-Kay': 'k' }
