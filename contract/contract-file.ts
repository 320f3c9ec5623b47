/** What serves a contract, in one value: the document, its table and its validators; and for the compiler, its types. */
export const contractFile = () => `
  import document from './openapi.json' with { type: 'json' }
  import { basePath, type OperationId, operations } from './operations.ts'
  import type { operations as Operations } from './types.ts'
  import type { Body, Headers, PathParams, Query } from './validators.d.ts'
  import { validators } from './validators.js'

  /** What the compiler knows of each operation. */
  export type ContractTypes = {
    [K in OperationId]: {
      row: (typeof operations)[K]
      path: PathParams<K>
      query: Query<K>
      header: Headers<K>
      body: Body<K>
      responses: Operations[K]['responses']
    }
  }

  export const contract = { basePath, document, operations, validators }
`
