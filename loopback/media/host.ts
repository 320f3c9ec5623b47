/** WhatsApp's media hosts over plain HTTP on 127.0.0.1: take files of clients, and serve them and those of phones. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Network } from '../network.ts'
import { serveDownload } from './download.ts'
import { receiveUpload } from './upload.ts'

const HOST = '127.0.0.1'

export interface MediaHost {
  /** Stands for `https://mmg.whatsapp.net`. */
  url: string
  /** Resolves when all connections are closed. */
  close(): Promise<void>
}

/** @throws when the port is taken */
export async function startMediaHost(network: Network, port = 0): Promise<MediaHost> {
  const server = createServer((request, response) => answer(network, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(network: Network, request: IncomingMessage, response: ServerResponse): void {
  response.on('error', () => {})
  request.on('error', () => {})
  if (request.method === 'POST') void receiveUpload(network, request, response)
  else serveDownload(network, request, response)
}
