/** The suite's own receiver of webhooks: an address of its own for each case. */
import { type Addresses, type Called, createAddresses, type ReceiverAddress, type Reply } from './addresses.ts'
import { isSignedWith } from './signature.ts'

/** One call to a case's address, and how it was answered. */
export interface Received extends Called {
  status: number
  /** When it came and when it was answered, in milliseconds of one clock that only goes forward. */
  at: number
}

/** What comes to the address of one case. */
export interface Inbox {
  url: string
  /** In the order in which they came. */
  readonly calls: readonly Received[]
  /** The next calls are answered so, one each, and those after them with the last. Default 204. */
  answer(...replies: (number | Reply)[]): void
  /** Resolves when the next call has come. */
  next(): Promise<void>
}

export interface Receiver {
  /** @param isMeant which calls `answer` is about; others get 204. Default: all */
  open(isMeant?: (call: Called) => boolean): Promise<Inbox>
  close(): Promise<void>
}

const maxCalls = 1_000

export const createReceiver = (address: ReceiverAddress): Receiver => {
  const addresses: Addresses = createAddresses(address)

  const open = async (isMeant: (call: Called) => boolean = () => true): Promise<Inbox> => {
    const calls: Received[] = []
    let replies: Reply[] = []
    let waiting: (() => void)[] = []

    const replyTo = (call: Called): Reply => {
      if (!isMeant(call)) return { status: 204 }
      const [reply = { status: 204 }] = replies
      if (replies.length > 1) replies = replies.slice(1)
      return reply
    }
    const url = await addresses.open((call) => {
      const reply = replyTo(call)
      if (calls.length < maxCalls) calls.push({ ...call, status: reply.status, at: performance.now() })
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
      return reply
    })
    return {
      url,
      calls,
      answer: (...given) => {
        replies = given.map((one) => (typeof one === 'number' ? { status: one } : one))
      },
      next: () => new Promise((resolve) => waiting.push(resolve)),
    }
  }

  return { open, close: addresses.close }
}

/** @returns what is wrong with the signature of a call, in words; undefined when one of them was made with each secret */
export const signatureFault = ({ headers, body }: Called, secrets: readonly string[]): string | undefined => {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp = '', 'webhook-signature': signature } = headers
  if (id === undefined || signature === undefined) return 'it has no webhook-id or no webhook-signature'
  const isNow = /^\d+$/.test(timestamp) && Math.abs(Date.now() / 1000 - Number(timestamp)) < toleranceSeconds
  if (!isNow) return `webhook-timestamp is ${timestamp === '' ? 'absent' : timestamp}, which is not now in seconds`
  const unsigned = secrets.filter((secret) => !isSignedWith(secret, { id, timestamp, body }, signature))
  if (unsigned.length === 0) return undefined
  return `webhook-signature is ${signature}, and ${secrets.length > 1 ? `${unsigned.length} of ${secrets.length} secrets do` : 'the secret does'} not fit the body that came`
}

/** As receivers are told to allow. */
const toleranceSeconds = 300
