/**
 * Makes a client from the contract with each of four generators, with few options, as their users do.
 * `node test/clients/generate.ts`
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@hey-api/openapi-ts'
import { generateSource } from 'oazapfts'
import openapiTypescript, { astToString } from 'openapi-typescript'
import { generate } from 'orval'

const input = join(import.meta.dirname, '../../generated/openapi.json')
const folder = join(import.meta.dirname, 'generated')
const to = (name: string) => join(folder, name)

const heyApi = () =>
  createClient({
    input,
    output: to('hey-api'),
    plugins: ['@hey-api/client-fetch', 'zod', { name: '@hey-api/sdk', validator: true }],
    logs: { level: 'silent', file: false },
  })

const orval = () =>
  generate({
    input: { target: input },
    output: {
      target: to('orval.ts'),
      client: 'fetch',
      override: { mutator: { path: join(import.meta.dirname, 'makes/orval-fetch.ts'), name: 'fetchParley' } },
    },
  })

const openapiFetch = async () =>
  writeFile(to('openapi-typescript.ts'), astToString(await openapiTypescript(pathToFileURL(input))))

const oazapfts = async () => writeFile(to('oazapfts.ts'), await generateSource(input))

await rm(folder, { recursive: true, force: true })
await mkdir(folder)
for (const make of [heyApi, orval, openapiFetch, oazapfts]) await make()
