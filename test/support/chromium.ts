/** A real browser for pages, driven over its own debugging pipe: no port, no driver, no dependency. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

export interface View {
  width: number
  height: number
  /** Default: light. */
  scheme?: 'light' | 'dark'
}

export interface Tab {
  /** URLs that the page asked for beyond its own. */
  readonly requests: readonly string[]
  /** Uncaught errors, console errors and what the content security policy has stopped. */
  readonly complaints: readonly string[]
  /** Runs an expression in the page, awaits it, and returns its JSON value. */
  evaluate<T>(expression: string): Promise<T>
  /** Presses a character's key, `Enter` or `Escape`. */
  press(key: string): Promise<void>
  /** Puts text in where the focus is. */
  type(text: string): Promise<void>
  show(view: View): Promise<void>
  screenshot(): Promise<Buffer>
  pdf(): Promise<Buffer>
  close(): Promise<void>
}

export interface Browser {
  /** Resolves when the page has loaded. */
  open(url: string, view: View): Promise<Tab>
  close(): Promise<void>
}

const howTo =
  'install it (Debian: apt-get install chromium), name it (CHROMIUM=/path/to/chromium), or leave the tests of pages out and see it said (CHROMIUM=none)'

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * @returns the browser's path; undefined where there is none, and then it says so, or where `CHROMIUM=none` leaves it out
 * @throws Error where there has to be one: in CI, or at the path that `CHROMIUM` names
 */
export const findChromium = async (): Promise<string | undefined> => {
  const { CHROMIUM: named } = process.env
  if (named === 'none') return undefined
  for (const path of named === undefined ? candidates : [named])
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  const missing = `there is no Chromium${named === undefined ? '' : ` at ${named}`}: ${howTo}`
  // A machine of CI can be given one; somebody who tries the project shall not need one to see it pass.
  if (named !== undefined || process.env.CI) throw new Error(missing)
  console.warn(`The tests of pages are left out. ${missing}`)
  return undefined
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
]

const answerMs = 45_000

type Params = Record<string, unknown>

interface Message {
  id?: number
  method?: string
  params?: Params
  sessionId?: string
  result?: Params
  error?: { message: string }
}

export const launchChromium = async (path: string): Promise<Browser> => {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const { call, listen } = connect(child)

  return {
    open: async (url, view) => {
      const { targetId } = await call('Target.createTarget', { url: 'about:blank' })
      const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
      const here = (method: string, params: Params = {}) => call(method, params, String(sessionId))
      const requests: string[] = []
      const complaints: string[] = []
      let loaded = () => {}
      const whenLoaded = new Promise<void>((resolve) => {
        loaded = resolve
      })
      listen(String(sessionId), (method, params) => {
        if (method === 'Page.loadEventFired') loaded()
        if (method === 'Network.requestWillBeSent') requests.push(urlOf(params))
        if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded') complaints.push(JSON.stringify(params))
      })
      for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await here(`${domain}.enable`)
      const tab = createTab(here, requests, complaints)
      await tab.show(view)
      await here('Page.navigate', { url })
      await within(whenLoaded, `${url} to load`)
      requests.splice(0, requests.length, ...requests.filter((each) => each !== url))
      return { ...tab, close: async () => void (await call('Target.closeTarget', { targetId })) }
    },
    close: async () => {
      const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
      child.kill('SIGKILL')
      await gone
      // Its helpers may still be writing their last files.
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** What no character says: the number that Windows gives the key, which Chromium goes by everywhere. */
const keys: Readonly<Record<string, Params>> = {
  Enter: { windowsVirtualKeyCode: 13, text: '\r' },
  Escape: { windowsVirtualKeyCode: 27 },
}

const createTab = (
  here: (method: string, params?: Params) => Promise<Params>,
  requests: readonly string[],
  complaints: readonly string[],
): Omit<Tab, 'close'> => {
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await here('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value: T }).value
  }
  const bytes = async (method: string, params: Params) =>
    Buffer.from(String((await here(method, params)).data), 'base64')
  return {
    requests,
    complaints,
    evaluate,
    press: async (key) => {
      const stroke = { key, ...keys[key], ...(key.length === 1 && { text: key }) }
      await here('Input.dispatchKeyEvent', { type: 'keyDown', ...stroke })
      await here('Input.dispatchKeyEvent', { type: 'keyUp', ...stroke })
    },
    type: async (text) => void (await here('Input.insertText', { text })),
    show: async ({ width, height, scheme = 'light' }) => {
      await here('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 })
      await here('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
    },
    screenshot: () => bytes('Page.captureScreenshot', { format: 'png' }),
    pdf: () => bytes('Page.printToPDF', {}),
  }
}

const urlOf = ({ request }: Params): string => (request as { url: string }).url

/** Messages are JSON texts with a zero byte behind each. */
const connect = (child: ChildProcess) => {
  const [, , , toBrowser, fromBrowser] = child.stdio as unknown as [null, null, null, Writable, Readable]
  const waiting = new Map<number, { resolve: (result: Params) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, (method: string, params: Params) => void>()
  let last = 0
  let rest = ''

  const end = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  child.once('error', end)
  child.once('exit', (code, signal) => end(new Error(`Chromium ended with ${code ?? signal}`)))
  toBrowser.on('error', end)
  fromBrowser.setEncoding('utf8')
  fromBrowser.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0')
    rest = parts.pop() ?? ''
    for (const part of parts) receive(JSON.parse(part) as Message)
  })

  const receive = ({ id, method, params = {}, sessionId = '', result = {}, error }: Message) => {
    if (id === undefined) return listeners.get(sessionId)?.(method ?? '', params)
    const caller = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) caller?.resolve(result)
    else caller?.reject(new Error(error.message))
  }

  const call = (method: string, params: Params = {}, sessionId?: string): Promise<Params> => {
    const id = ++last
    const answer = new Promise<Params>((resolve, reject) => waiting.set(id, { resolve, reject }))
    toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return within(answer, method)
  }

  return {
    call,
    listen: (sessionId: string, listener: (method: string, params: Params) => void) => {
      listeners.set(sessionId, listener)
    },
  }
}

const within = async <T>(promise: Promise<T>, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${answerMs} ms for ${what}`)), answerMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
