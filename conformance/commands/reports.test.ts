/** `badge` and `grid` as CI calls them. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationIds } from '../parley.ts'
import { toJson } from '../report/json.ts'
import { sampleRecord, sampleResult } from '../report/sample.ts'

const all = operationIds.length

let folder = ''
const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  const whole = toJson(sampleResult([sampleRecord('pass')]))
  await writeFile(file('good.json'), whole)
  await writeFile(file('cut.json'), whole.slice(0, -200))
  await writeFile(file('more.json'), toJson(sampleResult([sampleRecord('pass'), sampleRecord('fail')])))
})
afterAll(() => rm(folder, { recursive: true }))

const conformance = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '../cli.ts'), ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })

test('badge prints an SVG, or writes it', async () => {
  const printed = await conformance('badge', file('good.json'))
  expect(printed.stdout).toMatch(
    new RegExp(`^<svg [\\s\\S]*conformant · 1 of ${all} operations · 1\\.0[\\s\\S]*</svg>\n$`),
  )
  expect((await conformance('badge', file('good.json'), '--out', file('badge.svg'))).code).toBe(0)
  expect(await readFile(file('badge.svg'), 'utf8')).toBe(printed.stdout)
})

test('a result that was cut off makes no badge', async () => {
  const { code, stdout, stderr } = await conformance('badge', file('cut.json'))
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toBe(`conformance: ${file('cut.json')}: the result is not whole: it was cut off, or is no JSON\n`)
})

test('grid prints Markdown, or writes both reports', async () => {
  const both = ['grid', file('good.json'), file('good.json')]
  expect((await conformance(...both)).stdout).toContain('## Conformance with the Parley contract 1.0.0')
  expect((await conformance(...both, '--report', file('out'))).code).toBe(0)
  expect(await readFile(file('out/grid.md'), 'utf8')).toContain('None.')
  expect(await readFile(file('out/grid.html'), 'utf8')).toMatch(/^<!doctype html>/)
})

test('grid refuses what was not measured alike', async () => {
  const args = ['grid', file('good.json'), file('more.json')]
  const { code, stderr } = await conformance(...args)
  expect(code).toBe(2)
  expect(stderr).toContain('more.json has a case (setChatPresence/501/not_implemented/fail) that')
  expect((await conformance(...args, '--partial')).stdout).toContain('| missing |')
})

test('without a result there is nothing to show', async () => {
  expect((await conformance('badge')).code).toBe(3)
  expect((await conformance('grid')).code).toBe(3)
})
