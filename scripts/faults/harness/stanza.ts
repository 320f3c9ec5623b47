/** Builds message stanzas that no phone would send: unencrypted, which clients accept. */
import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { type BinaryNode, node } from '../../../loopback/index.ts'

export interface StanzaOptions {
  from: string
  /** Default: a new one. */
  id?: string
  /** As it stands in the stanza: seconds, as a rule. Default: now. */
  t?: string
  message?: proto.IMessage
  /** More attributes, such as `participant` and `sender_lid`. */
  attrs?: Record<string, string>
}

export const stanza = ({ from, id = newId(), t = secondsNow(), message, attrs = {} }: StanzaOptions): BinaryNode =>
  node('message', { from, id, t, type: 'text', ...attrs }, [
    node('plaintext', {}, proto.Message.encode(message ?? { conversation: 'canary-text by hand' }).finish()),
  ])

export const newId = () => randomBytes(16).toString('hex').toUpperCase()

const secondsNow = () => String(Math.floor(Date.now() / 1000))

export const idOf = ({ attrs }: BinaryNode): string => attrs.id ?? ''
