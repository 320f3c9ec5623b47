import type { BinaryNode, proto } from '../library.ts'
import { protocol } from '../reading/change-facts.ts'

/** What the library's way to write a message takes besides its content. */
export interface RelayOptions {
  additionalAttributes?: { edit: string }
  additionalNodes?: BinaryNode[]
}

/** What the stanza of a message says of its content, which WhatsApp cannot read: that it is a change, a poll, or a vote. */
export const relayOptions = (message: proto.IMessage): RelayOptions => {
  const { protocolMessage, pollUpdateMessage, pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3 } =
    message
  if (pollUpdateMessage) return { additionalNodes: [pollNode('vote')] }
  if (pollCreationMessage || pollCreationMessageV2 || pollCreationMessageV3)
    return { additionalNodes: [pollNode('creation')] }
  if (protocolMessage?.type === protocol.edit) return { additionalAttributes: { edit: '1' } }
  if (protocolMessage?.type === protocol.revoke)
    return { additionalAttributes: { edit: protocolMessage.key?.fromMe ? '7' : '8' } }
  return {}
}

const pollNode = (polltype: string): BinaryNode => ({ tag: 'meta', attrs: { polltype } })
