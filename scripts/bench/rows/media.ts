import { setTimeout as pause } from 'node:timers/promises'
import { chatJid } from '../history.ts'
import type { Child, Common } from '../process.ts'
import type { DownloadsProgram } from '../programs/downloads.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { LoopbackProgram } from '../programs/loopback.ts'
import type { RawMediaProgram } from '../programs/raw-media.ts'
import { figureOf, type Row } from '../row.ts'
import { until } from '../until.ts'

const megabyte = 2 ** 20
/** Downloads at a time, where memory is measured. */
const many = 16
const pollMs = 10
const settleMs = 1_000

/** What it costs that a file is sealed at rest, checked, and served by range. */
export const media: Row = {
  name: 'media',
  title: 'download of a stored attachment, MB/s ÷ raw node:http that decrypts; memory for each download',
  run: async (bench) => {
    const bytes = (bench.quick ? 2 : 32) * megabyte
    const wa = await bench.start<LoopbackProgram>('loopback', 'load')
    const { url, rootKey, mediaUrl } = await wa.ask('address')
    const folder = await bench.folder()
    const gateway = await bench.start<LiveGatewayProgram>('live-gateway', 'server', folder, url, rootKey, mediaUrl)
    const { id, qr } = await gateway.ask('pair')
    const pn = '628110000001'
    await wa.ask('scan', { pn, qr })
    await gateway.ask('connected', 1)
    const waMessageId = await wa.ask('file', { from: chatJid(1), to: `${pn}@s.whatsapp.net`, bytes })
    const [port, token] = [await gateway.ask('port'), await gateway.ask('apiKey')]
    const path = await until('the message with the file', async () => {
      const list = `http://127.0.0.1:${port}/api/v1/sessions/${id}/chats/${chatJid(1)}/messages`
      const page = await fetch(list, { headers: { Authorization: `Bearer ${token}` } })
      const { data = [] } = (await page.json()) as { data?: { id: string; waMessageId: string }[] }
      const found = data.find((message) => message.waMessageId === waMessageId)
      return found && `/api/v1/sessions/${id}/messages/${found.id}/media`
    })
    const raw = await bench.start<RawMediaProgram>('raw-media', 'server', await bench.folder(), String(bytes))
    const load = await bench.start<DownloadsProgram>('downloads', 'load')
    const ours = { program: gateway, order: { port, path, token } }
    const reference = { program: raw, order: { port: await raw.ask('port'), path: '/', token } }

    const speed = ({ order }: Served, atATime = 1) => load.ask('download', { ...order, atATime, times: 2 })
    const memory = (served: Served, atATime: number) => mostDuring(served, speed(served, atATime))
    const forEach = async (served: Served) =>
      ((await memory(served, many)) - (await memory(served, 1))) / (many - 1) / megabyte

    const session = `/api/v1/sessions/${id}`
    const large = (bench.quick ? 8 : 100) * megabyte
    const upload = () => load.ask('upload', { port, path: `${session}/media`, token, bytes: large })
    const bodyBytes = (bench.quick ? 2 : 16) * megabyte - 3
    const bodies = () =>
      load.ask('bodies', { port, path: `${session}/messages`, token, to: chatJid(1), count: many, bytes: bodyBytes })
    /** Above what is resident while nothing happens. */
    const above = async (served: Served, work: () => Promise<unknown>) => {
      await pause(settleMs)
      const idle = await served.program.ask('rss')
      return ((await mostDuring(served, work())) - idle) / megabyte
    }
    const besideUpload = (served: Served) => () => Promise.all([speed(served), upload()])

    for (const served of [ours, reference]) await speed(served, many)
    const speeds = await bench.interleave(
      () => speed(ours),
      () => speed(reference),
    )
    const memories = await bench.interleave(
      () => forEach(ours),
      () => forEach(reference),
    )
    const beside = await bench.interleave(
      () => above(ours, besideUpload(ours)),
      () => above(reference, () => speed(reference)),
    )
    const crowded = await bench.interleave(
      () => above(ours, bodies),
      () => above(reference, () => speed(reference)),
    )
    return [
      figureOf(speeds, (value) => value, {
        title: 'downloadMedia of a stored attachment: MB/s ÷ raw node:http that decrypts it',
        unit: 'MB/s',
        budget: { atLeast: 0.7 },
      }),
      {
        title: `memory for each download more, at ${many}`,
        unit: 'MiB',
        budget: { atMost: 2 },
        absolute: true,
        ...memories,
      },
      {
        title: `memory above idle: ${large / megabyte} MiB are uploaded beside downloads; reference: downloads`,
        unit: 'MiB',
        budget: { atMost: 32 },
        absolute: true,
        ...beside,
      },
      {
        title: `memory above idle: ${many} files of ${Math.ceil(bodyBytes / megabyte)} MiB in bodies at once; reference: downloads`,
        unit: 'MiB',
        ...crowded,
      },
    ]
  },
}

/** The most that is resident while something is done. */
const mostDuring = async ({ program }: Served, work: Promise<unknown>): Promise<number> => {
  let isOver = false
  let most = 0
  const done = work.finally(() => {
    isOver = true
  })
  while (!isOver) {
    most = Math.max(most, await program.ask('rss'))
    await pause(pollMs)
  }
  await done
  return most
}

interface Served {
  program: Child<Common>
  order: { port: number; path: string; token: string }
}
