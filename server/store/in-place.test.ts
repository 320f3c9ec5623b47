import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { inPlace } from './in-place.ts'

let folder: string
let files: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-place-'))
  files = [join(folder, 'a'), join(folder, 'b')]
  for (const file of files) await writeFile(file, 'x')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('files that are written to are in place', async () => {
  const check = await inPlace(files)
  await writeFile(files[0] as string, 'more')
  await expect(check()).resolves.toBeUndefined()
})

test('a file that was moved is an error until it is back', async () => {
  const check = await inPlace(files)
  await rename(files[1] as string, join(folder, 'c'))
  await expect(check()).rejects.toThrow(StoreUnavailable)
  await rename(join(folder, 'c'), files[1] as string)
  await expect(check()).resolves.toBeUndefined()
})

test('another file of the same name is an error', async () => {
  const check = await inPlace(files)
  await writeFile(join(folder, 'c'), 'x')
  await rename(join(folder, 'c'), files[0] as string)
  await expect(check()).rejects.toThrow('moved, removed or replaced')
})

test('a folder that was removed is an error', async () => {
  const check = await inPlace(files)
  await rm(folder, { recursive: true })
  await expect(check()).rejects.toThrow(StoreUnavailable)
})
