/** WhatsApp's side, on 127.0.0.1. */
import { randomBytes } from 'node:crypto'
import { startLoopback } from '../../../loopback/index.ts'
import { answerWith } from '../process.ts'

const wa = await startLoopback()

const answers = {
  address: () => ({ url: wa.url, rootKey: wa.rootPublicKey, mediaUrl: wa.mediaUrl }),
  /** Links the client with this QR code to the account with this number. */
  scan: async ({ pn, qr }: { pn: string; qr: string }) => {
    await wa.account({ pn }).phone.scanQR(qr)
  },
  /** Somebody gets a phone, who can be written to. */
  person: (pn: string) => void wa.account({ pn }),
  /** Somebody sends a file. @returns the message's id */
  file: ({ from, to, bytes }: { from: string; to: string; bytes: number }) =>
    wa.account({ pn: from }).phone.sendFile(to, 'document', randomBytes(bytes)),
  /** How many messages have arrived. */
  messages: () => wa.stats.messages,
  /** How many presences have arrived. */
  chatstates: () => wa.stats.chatstates,
  online: () => wa.stats.online,
  /** What was not understood: nothing, or what is measured is not what it seems. */
  unhandled: () => wa.unhandled.map(({ reason }) => reason),
}
export type LoopbackProgram = typeof answers

answerWith(answers, () => wa.close())
