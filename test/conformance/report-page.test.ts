/** The pages as people see them, in a real browser: light, dark, on a phone, by keyboard, on paper. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { createGrid, runConformance, toGridHtml, toHtml } from '../../conformance/index.ts'
import { operationIds } from '../../conformance/parley.ts'
import { everyVerdict, hostile, sampleResult } from '../../conformance/report/sample.ts'
import { startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { type Browser, findChromium, launchChromium, type Tab, type View } from '../support/chromium.ts'
import { openAll, overflow, poorContrasts } from '../support/look.ts'

const all = operationIds.length

let folder = ''
let browser: Browser | undefined

beforeAll(async () => {
  const chromium = await findChromium()
  if (chromium === undefined) return
  browser = await launchChromium(chromium)
  folder = await mkdtemp(join(tmpdir(), 'report-page-'))
  const sandbox = await startSandbox()
  // Cases of every operation, as if they were all: the others look as they do.
  const some = await runConformance(sandbox.target, { filter: '/20' }).finally(() => sandbox.close())
  const clean = { ...some, filter: '' }
  const mixed = sampleResult(everyVerdict(), { preflight: [{ key: 'tokens.full', problem: 'is refused with 401' }] })
  await writeFile(join(folder, 'clean.html'), toHtml(clean))
  // Of thousands of cases that look the same, every tenth is looked at.
  await writeFile(
    join(folder, 'some.html'),
    toHtml({ ...clean, records: clean.records.filter((_, n) => n % 10 === 0) }),
  )
  await writeFile(join(folder, 'mixed.html'), toHtml(mixed))
  const better = sampleResult(
    everyVerdict().map((record) => (record.reason === hostile ? { ...record, verdict: 'pass', reason: '' } : record)),
  )
  const grid = createGrid([
    { file: 'mixed', result: mixed },
    { file: 'better', result: better },
  ])
  await writeFile(join(folder, 'grid.html'), toGridHtml(grid))
}, 90_000)

afterAll(async () => {
  await browser?.close()
  if (folder !== '') await rm(folder, { recursive: true })
})

const desk: View = { width: 1280, height: 900 }
const views: Record<string, View> = {
  'in light': desk,
  'in dark': { ...desk, scheme: 'dark' },
  'on a phone': { width: 390, height: 844 },
  'on a phone in dark': { width: 390, height: 844, scheme: 'dark' },
}

/** Opens a page for the time of a test. */
const visit = async (context: TestContext, name: string, view: View, look: (tab: Tab) => Promise<void>) => {
  if (browser === undefined) return context.skip('left out: there is no Chromium')
  const tab = await browser.open(pathToFileURL(join(folder, name)).href, view)
  try {
    await look(tab)
    expect(tab.requests.filter((url) => !url.startsWith('data:'))).toEqual([])
    expect(tab.complaints).toEqual([])
  } finally {
    await tab.close()
  }
}

describe.for(Object.entries(views))('%s', ([, view]) => {
  test.for(['some.html', 'mixed.html', 'grid.html'])('%s fits, can be read, and asks for nothing', (name, context) =>
    visit(context, name, view, async (tab) => {
      expect(await tab.evaluate(poorContrasts)).toEqual([])
      await tab.evaluate(openAll)
      expect(await tab.evaluate(overflow)).toBe(0)
      if (name !== 'some.html') expect(await tab.evaluate(poorContrasts)).toEqual([])
    }),
  )
})

/** Ids of the cases that are shown. */
const shown = '[...document.querySelectorAll(".case")].filter((one) => one.checkVisibility()).map((one) => one.id)'
const count = 'document.querySelector("output").value'

test('a clean result is said to be so, in green', (context) =>
  visit(context, 'clean.html', desk, async (tab) => {
    const outcome = await tab.evaluate<{ text: string; colour: string }>(
      '(({ textContent, firstChild }) => ({ text: textContent, colour: getComputedStyle(firstChild).color }))(document.querySelector(".outcome"))',
    )
    expect(outcome).toMatchObject({ text: expect.stringMatching(/^Conformant/), colour: 'rgb(11, 107, 63)' })
    expect(await tab.evaluate('[...document.querySelectorAll(".value")].map((one) => one.textContent)')).toEqual([
      '100 %',
      '100 %',
      `${all} of ${all}`,
    ])
    expect(await tab.evaluate('document.querySelector("#to-mend")')).toBeNull()
  }))

test('what a server answered never becomes part of the page', (context) =>
  visit(context, 'mixed.html', desk, async (tab) => {
    await tab.evaluate(openAll)
    expect(await tab.evaluate('document.title')).toBe('mine & yours 2: conformance report')
    expect(await tab.evaluate('document.querySelectorAll("img").length')).toBe(0)
    expect(await tab.evaluate('document.querySelectorAll("script").length')).toBe(1)
  }))

test('verdict, operation, level and status narrow the list, each alone and together', (context) =>
  visit(context, 'mixed.html', desk, async (tab) => {
    expect(await tab.evaluate(count)).toBe('11 cases')
    await tab.evaluate('document.querySelector("[name=state][value=fail]").click()')
    expect(await tab.evaluate(shown)).toHaveLength(3)
    expect(await tab.evaluate(count)).toBe('3 of 11 cases')
    const choose = (name: string, value: string) =>
      tab.evaluate(
        `{ const one = document.querySelector("[name=${name}]"); one.value = "${value}"; one.dispatchEvent(new Event("input", { bubbles: true })) }`,
      )
    await choose('operation', 'getChat')
    expect(await tab.evaluate(shown)).toEqual(['getChat/404/not_found/hostile', 'getChat/200/-/known'])
    await choose('status', '200')
    expect(await tab.evaluate(shown)).toEqual(['getChat/200/-/known'])
    await choose('level', 'SHOULD')
    expect(await tab.evaluate(shown)).toEqual([])
    expect(await tab.evaluate('document.querySelector("#nothing").checkVisibility()')).toBe(true)
    await tab.evaluate('document.querySelector("[type=reset]").click()')
    await expect.poll(() => tab.evaluate(count)).toBe('11 cases')
  }))

test('search looks into the evidence; / leads to it and Escape clears it', (context) =>
  visit(context, 'mixed.html', desk, async (tab) => {
    await tab.press('/')
    expect(await tab.evaluate('document.activeElement.name')).toBe('search')
    await tab.type('no complete ANSWER within')
    expect(await tab.evaluate(shown)).toEqual(['getChat/404/not_found/hostile'])
    await tab.press('Escape')
    await expect.poll(() => tab.evaluate(count)).toBe('11 cases')
  }))

test('a number of the matrix shows its cases', (context) =>
  visit(context, 'mixed.html', desk, async (tab) => {
    await tab.evaluate('document.querySelector(".matrix a[aria-label^=\\"getChat, 200\\"]").click()')
    expect(await tab.evaluate(shown)).toEqual(['getChat/200/-/known'])
  }))

test('what to mend leads to the evidence, even past a filter', (context) =>
  visit(context, 'mixed.html', desk, async (tab) => {
    await tab.evaluate('document.querySelector("[name=state][value=pass]").click()')
    await tab.evaluate('document.querySelector("#to-mend a[href$=hostile]").click()')
    const one = 'document.getElementById("getChat/404/not_found/hostile")'
    await expect.poll(() => tab.evaluate(`${one}.open && ${one}.checkVisibility()`)).toBe(true)
  }))

test('a case opens by keyboard, and its command can be copied', (context) =>
  visit(context, 'mixed.html', desk, async (tab) => {
    await tab.evaluate('document.querySelector(".case summary").focus()')
    await tab.press('Enter')
    await expect.poll(() => tab.evaluate('document.querySelector(".case").open')).toBe(true)
    await expect.poll(() => tab.evaluate('document.querySelector(".case .copy")?.textContent')).toBe('Copy')
    expect(await tab.evaluate('document.querySelector(".case .command").textContent')).toMatch(/^curl -i -X PUT /)
  }))

test('on paper, what is to be mended is open, and closed again afterwards', (context) =>
  visit(context, 'mixed.html', desk, async (tab) => {
    await tab.evaluate(
      'globalThis.onbeforeprint = () => { globalThis.printed = document.querySelectorAll(".case[open]").length }',
    )
    const pdf = await tab.pdf()
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    expect(await tab.evaluate('globalThis.printed')).toBe(7)
    await expect.poll(() => tab.evaluate('document.querySelectorAll(".case[open]").length')).toBe(0)
  }))

test('the grid can be narrowed to where implementations differ', (context) =>
  visit(context, 'grid.html', desk, async (tab) => {
    const rows = '[...document.querySelectorAll(".row")].filter((one) => one.checkVisibility()).length'
    expect(await tab.evaluate(rows)).toBe(11)
    await tab.press('/')
    await tab.type('getChat/403')
    expect(await tab.evaluate(rows)).toBe(1)
    await tab.press('Escape')
    await expect.poll(() => tab.evaluate(rows)).toBe(11)
    await tab.evaluate('document.querySelector("[name=differs]").click()')
    expect(await tab.evaluate(rows)).toBe(1)
  }))
