/** The reference page as people see it, in a real browser: every width, both schemes, by keyboard, without scripts. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest'
import type { Document } from '../../../contract/document.ts'
import { reference } from '../../../contract/reference/page.ts'
import own from '../../../generated/openapi.json' with { type: 'json' }
import { type Browser, findChromium, launchChromium, type Tab, type View } from '../../support/chromium.ts'
import { openAll, overflow, poorContrasts } from '../../support/look.ts'
import everyShape from '../every-shape/generated/openapi.json' with { type: 'json' }

const whole = reference(own as unknown as Document)
const pages: Record<string, string> = {
  '/docs': whole,
  '/shapes': reference(everyShape as unknown as Document),
  '/bare': whole.replace(/<script.*<\/script>/s, ''),
}

let browser: Browser | undefined
let server: Server | undefined
let origin = ''

beforeAll(async () => {
  const chromium = await findChromium()
  if (chromium === undefined) return
  browser = await launchChromium(chromium)
  server = createServer(({ url = '' }, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.statusCode = pages[url] === undefined ? 204 : 200
    response.end(pages[url])
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

const desk: View = { width: 1280, height: 900 }
const phone: View = { width: 390, height: 844 }

/** Opens a page for the time of a test. */
const visit = async (context: TestContext, path: string, view: View, look: (tab: Tab) => Promise<void>) => {
  if (browser === undefined) return context.skip('left out: there is no Chromium')
  const tab = await browser.open(origin + path, view)
  try {
    await look(tab)
    expect(tab.requests.filter((url) => url !== `${origin}/favicon.ico`)).toEqual([])
    expect(tab.complaints).toEqual([])
  } finally {
    await tab.close()
  }
}

/** Buttons to copy that lie over the text before their block, or over its first line. */
const overText = `[...document.querySelectorAll('.copy')].filter((button) => {
  if (!button.checkVisibility()) return false
  const { top, bottom } = button.getBoundingClientRect()
  const before = button.parentElement.previousElementSibling?.getBoundingClientRect().bottom ?? 0
  const [first] = button.parentElement.querySelector('code').getClientRects()
  return before > top + 1 || first.top < bottom - 1
}).slice(0, 5).map((one) => one.parentElement.textContent.slice(0, 60))`

/** Whatever stands out of the window, or has more text than it shows. */
const outside = `[...document.querySelectorAll('main *, .bar *')].filter((one) => {
  if (!one.checkVisibility() || one.closest('thead, .skip')) return false
  const { left, right, width } = one.getBoundingClientRect()
  const { overflowX } = getComputedStyle(one)
  return width > 0 && (left < 0 || right > innerWidth + 1 || (overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1))
}).slice(0, 5).map((one) => one.outerHTML.slice(0, 120))`

test.for<[string, string, View]>([
  ['on a wide screen', '/docs', { width: 1920, height: 1080 }],
  ['at a desk in dark', '/docs', { ...desk, scheme: 'dark' }],
  ['on a phone', '/docs', phone],
  ['with every shape, on a phone in dark', '/shapes', { ...phone, scheme: 'dark' }],
  ['without a script, at a desk', '/bare', desk],
])('it fits and can be read %s', ([, path, view], context) =>
  visit(context, path, view, async (tab) => {
    await tab.evaluate(openAll)
    expect(await tab.evaluate(overflow)).toBe(0)
    expect(await tab.evaluate(outside)).toEqual([])
    expect(await tab.evaluate(overText)).toEqual([])
    expect(await tab.evaluate(poorContrasts)).toEqual([])
  }),
)

test.for(['light', 'dark'] as const)(
  'methods and kinds of statuses are told apart by colour in %s',
  (scheme, context) =>
    visit(context, '/docs', { ...desk, scheme }, async (tab) => {
      const colours = (classes: string[]) =>
        tab.evaluate<string[]>(`${JSON.stringify(classes)}.map((name) => {
        const one = document.querySelector('main').appendChild(document.createElement('b'))
        one.className = name
        return getComputedStyle(one).color
      })`)
      const methods = await colours(['get', 'post', 'put', 'patch', 'delete'].map((method) => `method ${method}`))
      expect(new Set(methods).size).toBe(5)
      expect(new Set(await colours(['status s2', 'status s4', 'status s5'])).size).toBe(3)
    }),
)

const painted = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'
const results = `[...document.querySelectorAll('#search li a')].map(({ hash, textContent }) => hash + ' ' + textContent)`

test('a slash opens the search, which finds operations, schemas and members, and Enter goes there', (context) =>
  visit(context, '/docs', desk, async (tab) => {
    await tab.press('/')
    await tab.type('typing')
    expect((await tab.evaluate<string[]>(results))[0]).toMatch(/^#setChatPresence operation/)
    await tab.evaluate('document.activeElement.select()')
    await tab.type('unreadCount')
    expect((await tab.evaluate<string[]>(results))[0]).toMatch(/^#Chat\.unreadCount member unreadCount/)
    await tab.evaluate('document.activeElement.select()')
    await tab.type('messagelist')
    expect((await tab.evaluate<string[]>(results))[0]).toMatch(/^#schema-MessageList schema/)
    await tab.evaluate('document.activeElement.select()')
    await tab.type('xyzzy')
    expect(await tab.evaluate('document.querySelector("#search [role=status]").textContent')).toBe('Nothing found')
    await tab.evaluate('document.activeElement.select()')
    await tab.type('getChat')
    await tab.press('Enter')
    expect(await tab.evaluate('[location.hash, document.querySelector("#search").open]')).toEqual(['#getChat', false])
    await tab.press('/')
    await tab.press('Escape')
    expect(await tab.evaluate('document.querySelector("#search").open')).toBe(false)
  }))

test('a language that is chosen once is chosen everywhere, and the next time', (context) =>
  visit(context, '/docs', desk, async (tab) => {
    const shown = `[...new Set([...document.querySelectorAll('[role=tabpanel]')].filter((one) => one.checkVisibility()).map((one) => document.getElementById(one.getAttribute('aria-labelledby')).textContent))]`
    expect(await tab.evaluate(shown)).toEqual(['curl'])
    await tab.evaluate(`document.querySelector('#getChat [role=tab]').focus()`)
    await tab.evaluate(
      `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))`,
    )
    expect(await tab.evaluate('document.activeElement.textContent')).toBe('JavaScript')
    expect(await tab.evaluate(shown)).toEqual(['JavaScript'])
    await visit(context, '/docs', desk, async (later) => expect(await later.evaluate(shown)).toEqual(['JavaScript']))
    await tab.evaluate('localStorage.clear()')
  }))

test('a copied sample is the sample, with the address of the page at the top', (context) =>
  visit(context, '/docs', desk, async (tab) => {
    const copy = (selector: string) =>
      tab.evaluate<string>(`new Promise((resolve) => {
        navigator.clipboard.writeText = async (text) => resolve(text)
        document.querySelector('${selector} .copy').click()
      })`)
    expect(await copy('#getChat [role=tabpanel]')).toMatch(
      /^curl "\$PARLEY\/sessions\/\$SESSION\/chats\/\S+" \\\n {2}-H/,
    )
    expect(await copy('#get-started pre + pre')).toBe(`export PARLEY=${origin}/api/v1\nexport TOKEN=wa_…`)
    await tab.evaluate(painted)
    expect(await tab.evaluate('document.querySelector("#get-started pre + pre .copy").textContent')).toBe('Copied')
  }))

test('the contents mark what is read', (context) =>
  visit(context, '/docs', desk, async (tab) => {
    for (const id of ['createSession', 'errors', 'schema-Chat']) {
      await tab.evaluate(`document.getElementById('${id}').scrollIntoView(); ${painted}`)
      expect(await tab.evaluate('document.querySelector("nav [aria-current]").hash')).toBe(`#${id}`)
      expect(await tab.evaluate('document.querySelectorAll("nav [aria-current]").length')).toBe(1)
    }
  }))

/** Kinds of controls of which the first that is shown cannot be tapped 19 pixels above or below its middle. */
const hardToTap = `['.bar button', '.bar .button', '.copy', '[role=tab]', '.example > summary', '.answer > summary'].filter((selector) => {
  const one = [...document.querySelectorAll(selector)].find((each) => each.checkVisibility())
  one.scrollIntoView({ block: 'center' })
  const { left, top, width, height } = one.getBoundingClientRect()
  return [-19, 19].some((far) => !one.contains(document.elementFromPoint(left + width / 2, top + height / 2 + far)))
})`

test('on a phone each control is as large as a finger', (context) =>
  visit(context, '/docs', phone, async (tab) => expect(await tab.evaluate(hardToTap)).toEqual([])))

test('on a phone the contents are away until they are asked for, without a script too', async (context) => {
  for (const path of ['/docs', '/bare'])
    await visit(context, path, phone, async (tab) => {
      const isShown = 'document.querySelector("nav").checkVisibility()'
      expect(await tab.evaluate(isShown)).toBe(false)
      await tab.evaluate(`document.querySelector('.bar [href="#contents"]').click(); ${painted}`)
      expect(await tab.evaluate(isShown)).toBe(true)
      await tab.evaluate(`document.querySelector('nav [href="#listChats"]').click(); ${painted}`)
      expect(await tab.evaluate(isShown)).toBe(false)
      expect(
        await tab.evaluate('Math.abs(document.querySelector("#listChats").getBoundingClientRect().top) < 90'),
      ).toBe(true)
    })
})
