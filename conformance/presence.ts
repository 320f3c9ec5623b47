/** Which operations the target has at all, told by what they answer to nobody. */
import type { Call } from './case.ts'
import type { OperationId } from './contract.ts'
import { readAnswer } from './oracle.ts'
import { wireRequest } from './request.ts'
import type { Suite } from './suite.ts'
import type { Target } from './target.ts'
import type { Transport } from './transport.ts'

/** `unknown`: of a server that asks for the token before it looks at the path. */
export type Presence = 'there' | 'absent' | 'unknown'

/** @returns asks once for each operation @throws TransportFault */
export type Presences = (operationId: OperationId) => Promise<Presence>

/** A path that no contract has. */
export const noSuchPath = () => '/no-such-path'

/**
 * Without a token an operation answers 401, and a path or a method that does not exist 404 or 405. So an operation that is
 * missing is distinguished from one that does not know the object it was asked for.
 */
export const createPresences = (suite: Suite, target: Target, transport: Transport): Presences => {
  const known = new Map<OperationId, Promise<Presence>>()
  const statusOf = async (call: Call) =>
    readAnswer(await transport.send(wireRequest(suite.contract, { ...call, caller: 'nobody' }, target, {}))).status
  const find = async (operationId: OperationId): Promise<Presence> => {
    const names = Object.keys(suite.contract.operations[operationId].parameters.path)
    // Whatever stands there: who has no token does not come that far.
    const call = { operationId, path: Object.fromEntries(names.map((name) => [name, 'unknown'])) }
    const [here, nowhere] = [await statusOf(call), await statusOf({ ...call, retarget: noSuchPath })]
    if (here === 404 || here === 405) return 'absent'
    return here === nowhere ? 'unknown' : 'there'
  }
  return (operationId) => {
    const presence = known.get(operationId) ?? find(operationId)
    known.set(operationId, presence)
    return presence
  }
}
