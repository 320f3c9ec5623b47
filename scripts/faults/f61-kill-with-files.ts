import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fault } from './fault.ts'
import { query } from './harness/database.ts'
import { type FilePoint, filePoints, killWhenWritten, leftBehind } from './harness/killed-files.ts'
import type { Chat } from './harness/receivers.ts'
import { settled } from './harness/sending.ts'
import { until, wait } from './harness/until.ts'
import type { World } from './harness/world.ts'

const names = Object.keys(filePoints)
/** In every file; nothing on the gateway's disk may have it. */
const secret = randomBytes(32)

export const killWithFiles: Fault = {
  id: 'F61',
  name: 'kill -9 while a file is on its way',
  injection: `SIGKILL at ${names.length} points: while a caller uploads a file, while a message takes it to WhatsApp's media host, and while an attachment is downloaded`,
  promise:
    'after the next start nothing of a file is decrypted on the disk and nothing of a broken one is left; a message that was accepted is shown once and its file is whole, no other is shown; an upload and a download work when they are tried again',
  async run({ quick, random, open, say, figure, check }) {
    const temporary = await mkdtemp(join(tmpdir(), 'parley-faults-tmp-'))
    const world = await open({ shim: true, env: { TMPDIR: temporary, MEDIA_EAGER_MAX_BYTES: '0' } })
    world.onClose(() => rm(temporary, { recursive: true, force: true }))
    const files = new Files(world)
    const runs = quick
      ? random.shuffle([...names]).slice(0, 2)
      : [...names, ...random.shuffle([...names]), ...random.shuffle([...names])]
    const wrong: string[] = []
    let reached = 0
    for (const [index, name] of runs.entries()) {
      const point = filePoints[name]
      if (point === undefined) continue
      const text = `file ${index}`
      const again = await files[point.way](text, point)
      const heal = (await point.trigger?.(world)) ?? (() => {})
      await again.begin().catch(() => undefined)
      reached += Number((await wait(() => !world.gateway.isAlive || undefined, reachMs)) ?? false)
      heal()
      await world.kill()
      await world.start()
      const left = await leftBehind(world, temporary, await files.known(), secret)
      const failed = await again.look()
      for (const words of [...left, ...failed]) wrong.push(`${name}: ${words}`)
      if (index % 5 === 4) say(`${index + 1} of ${runs.length} points`)
    }
    figure('points', runs.length)
    figure('reached', reached)
    check(wrong.length === 0, `files are whole, sealed, and sent once: ${wrong.slice(0, 5).join('; ')}`)
  },
}

/** How long the gateway has to get to the point at which it is killed. */
const reachMs = 5_000
const fileBytes = 400_000

/** Something with a file that is interrupted. */
interface Attempt {
  /** During it the gateway is killed. */
  begin(): Promise<unknown>
  /** After the next start. @returns what is wrong */
  look(): Promise<string[]>
}

class Files {
  readonly #world: World
  readonly #shown = new Map<string, string[]>()

  constructor(world: World) {
    this.#world = world
    world.loopback.on('message', ({ ownCopy, id, message }) => {
      const caption = message.documentMessage?.caption
      if (ownCopy || !caption) return
      const ids = new Set(this.#shown.get(caption)).add(id)
      this.#shown.set(caption, [...ids])
    })
  }

  /** The ids of the files that are noted. */
  async known(): Promise<string[]> {
    return (await query<{ id: string }>(this.#world.database, 'SELECT id FROM uploads')).map(({ id }) => id)
  }

  /** A caller uploads a file. */
  async in(text: string, { trigger }: FilePoint): Promise<Attempt> {
    const bytes = fileOf()
    return {
      begin: () => this.#upload(bytes, trigger === undefined),
      look: async () => {
        const id = await this.#upload(bytes, false)
        await this.#send(text, { id })
        return this.#received(text, bytes, true)
      },
    }
  }

  /** A message brings a file, in its body or uploaded before. */
  async out(text: string, { ownFile = this.#shown.size % 2 === 0 }: FilePoint): Promise<Attempt> {
    const bytes = fileOf()
    const source = ownFile ? { data: bytes.toString('base64') } : { id: await this.#upload(bytes, false) }
    return {
      begin: () => this.#send(text, source),
      look: async () => {
        const accepted = await settled(this.#world, this.#chat, text)
        return this.#received(text, bytes, accepted !== undefined)
      },
    }
  }

  /** An attachment came in, and is downloaded. */
  async back(text: string): Promise<Attempt> {
    const { owner, call, sessionId } = this.#world
    const bytes = fileOf()
    const sent = await this.#contact.phone.sendFile(owner.pn, 'document', bytes, { caption: text })
    const path = await until('the message with the file', async () => {
      const { body } = await call('GET', `/sessions/${sessionId}/chats/${this.#contact.pn}/messages`)
      const found = (body as { data?: { id: string; waMessageId: string }[] }).data?.find(
        (one) => one.waMessageId === sent,
      )
      return found && `/sessions/${sessionId}/messages/${found.id}/media`
    })
    const download = async () => {
      const answer = await fetch(this.#world.gateway.url + path, { headers: this.#headers })
      return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
    }
    return {
      begin: download,
      look: async () => {
        const got = await download()
        return got.status === 200 && got.bytes.equals(bytes) ? [] : [`a download answers ${got.status}, another file`]
      },
    }
  }

  get #contact() {
    return this.#world.traffic.contacts[0]
  }

  get #chat(): Chat {
    return { jid: this.#contact.pn, receivers: [this.#contact] }
  }

  get #headers() {
    return { Authorization: `Bearer ${this.#world.token}` }
  }

  /** @param kills kills the gateway when half of the file is on its disk, unless that happens otherwise */
  async #upload(bytes: Buffer, kills: boolean): Promise<string> {
    const { gateway, sessionId } = this.#world
    const world = this.#world
    const half = bytes.length >> 1
    async function* body() {
      yield bytes.subarray(0, half)
      if (kills) await Promise.race([killWhenWritten(world), gateway.ended])
      yield bytes.subarray(half)
    }
    const answer = await fetch(`${gateway.url}/sessions/${sessionId}/media`, {
      method: 'POST',
      headers: { ...this.#headers, 'Content-Type': 'text/plain' },
      body: body(),
      duplex: 'half',
    } as RequestInit)
    return ((await answer.json()) as { id: string }).id
  }

  #send(text: string, source: object) {
    const { call, sessionId } = this.#world
    const media = { ...source, caption: text, filename: 'order.txt' }
    return call('POST', `/sessions/${sessionId}/messages`, { type: 'document', to: this.#contact.pn, media })
  }

  /** What is wrong with what the receiver's phone shows. */
  async #received(text: string, bytes: Buffer, isDue: boolean): Promise<string[]> {
    const ids = () => this.#shown.get(text) ?? []
    if (isDue) await wait(() => ids().length > 0 || undefined, 10_000)
    if (ids().length !== Number(isDue)) return [`shown ${ids().length} times instead of ${Number(isDue)}`]
    return ids().flatMap((id) => (this.#contact.phone.download(id).equals(bytes) ? [] : ['another file arrived']))
  }
}

const fileOf = () => Buffer.concat([secret, randomBytes(fileBytes), secret])
