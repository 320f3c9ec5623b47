/** Files to send, at URLs on this machine, to try `media.url`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pictureOf } from './people/pictures.ts'
import { voiceNoteOf } from './voice-note.ts'

export interface Files {
  /** Address of a picture, PNG. */
  picture: string
  /** Address of a voice note, Ogg with Opus. */
  voiceNote: string
  close(): Promise<void>
}

const seconds = 3

/** Serves them on any free port of 127.0.0.1. */
export const startFiles = async (): Promise<Files> => {
  const files: Record<string, Buffer> = {
    '/menu.png': await pictureOf('Nasi goreng, Soto ayam, Es teh'),
    '/hello.ogg': voiceNoteOf(seconds),
  }
  const server = createServer(({ url = '' }, response) => {
    const file = files[url]
    response.writeHead(file === undefined ? 404 : 200).end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    picture: `${base}/menu.png`,
    voiceNote: `${base}/hello.ogg`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
