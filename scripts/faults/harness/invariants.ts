/** What must hold after every fault, whatever it was. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { FaultRun } from '../fault.ts'
import { readStored, type Stored } from './stored.ts'
import { canary } from './traffic.ts'
import { wait } from './until.ts'
import type { World } from './world.ts'

/** How long the gateway may take after the fault until all messages are listed. */
const settleMs = 30_000
const restartMs = 5_000

/** Judges a world whose fault is over, and stops its gateway. */
export const judge = async (world: World, { check, inTime }: Pick<FaultRun, 'check' | 'inTime'>): Promise<void> => {
  if (world.gateways.length === 0) return
  if (!world.gateway.isAlive) await world.start({ offline: true })
  if (world.sessionId !== '') await judgeStored(world, check)
  check(world.offences.length === 0, `I4 every answer is documented: ${few(world.offences)}`)
  check(world.gateway.isAlive, `I5 the process is alive: ${world.gateway.output().slice(-500)}`)
  const starts = world.gateways.map(({ startMs }) => startMs).sort((a, b) => a - b)
  // The median: a busy machine may delay a single start, and a start that waits for another gateway to end does not count.
  const middle = starts[(starts.length - 1) >> 1] ?? 0
  check(inTime(middle, restartMs), `I5 it restarts in under ${restartMs / 1000} s: took ${Math.round(middle)} ms`)
  const code = await world.gateway.kill('SIGTERM')
  check(code === 0, `I5 it stops when asked to: ended with ${code}`)
  const integrity = integrityOf(world)
  check(integrity === 'ok', `I6 the database is whole: ${integrity}`)
  const leaked = secretsIn(world)
  check(leaked.length === 0, `I7 no secret and no text in the log: ${few(leaked)}`)
}

const judgeStored = async (world: World, check: FaultRun['check']) => {
  const { sent } = world.traffic
  const complete = async () => {
    const found = await readStored(world.call, world.sessionId)
    return missingFrom(found, world).length === 0 ? found : undefined
  }
  const stored = (await wait(complete, settleMs)) ?? (await readStored(world.call, world.sessionId))
  const missing = missingFrom(stored, world)
  check(missing.length === 0, `I1 every message that WhatsApp was told we have is stored: lost ${few(missing)}`)
  const counts = new Map<string, Set<string>>()
  const twice: string[] = []
  const astray: string[] = []
  for (const { chat, message } of stored.messages) {
    const known = sent.get(message.waMessageId)
    if (known === undefined) continue
    const chats = counts.get(known.id) ?? new Set()
    if (chats.has(chat)) twice.push(known.id)
    counts.set(known.id, chats.add(chat))
    if (chats.size > 1) astray.push(`${known.id} in ${[...chats].join(' and ')}`)
    if (message.body !== known.text && !message.deleted && !message.edited)
      astray.push(`${known.id} says ${message.body ?? `nothing (${message.type})`} instead of ${known.text}`)
  }
  check(twice.length === 0, `I1 nothing is stored twice: ${few(twice)}`)
  const asked = world.loopback.ledger.of(world.companion.jid).filter(({ type }) => type === 'retry')
  check(
    world.mayAskAgain || asked.length === 0,
    `I2 nobody is asked to send again what could be decrypted once: ${few(asked.map(({ messageId }) => messageId))}`,
  )
  check(astray.length === 0, `I2 each message is in one chat, as it was sent: ${few(astray)}`)
  const disordered = stored.messages.flatMap(({ chat, message }, index) => {
    const before = stored.messages[index - 1]
    return before?.chat === chat && before.message.timestamp < message.timestamp ? [message.waMessageId] : []
  })
  check(disordered.length === 0, `I3 each chat is in one order, newest first: ${few(disordered)}`)
}

/** Messages that WhatsApp will not deliver again, and that are not stored. */
const missingFrom = ({ messages }: Stored, { companion, traffic }: World): string[] => {
  const stored = new Set(messages.map(({ message }) => message.waMessageId))
  const waiting = new Set([...companion.queue].map(({ attrs }) => attrs.id))
  return [...traffic.sent.keys()].filter((id) => !stored.has(id) && !waiting.has(id))
}

/** In a separate process, because opening a database may change it or block others. */
const integrityOf = ({ database, wrapper }: World): string => {
  const program = join(import.meta.dirname, 'integrity.ts')
  const [command = '', ...args] = [...wrapper, process.execPath, program, database]
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return stdout.trim() || stderr.trim()
}

const secretsIn = ({ gateways, token, loopback, owner }: World): string[] => {
  const output = gateways.map((gateway) => gateway.output()).join('\n')
  const people = loopback.accounts().flatMap(({ pn, lid }) => [pn, lid].map((jid) => jid.replace(/@.*/, '')))
  const secrets = [canary, token, loopback.rootPublicKey, 'privKey', 'BEGIN PRIVATE', owner.name, ...people]
  return secrets.filter((secret) => output.includes(secret))
}

/** The first few, as evidence. */
export const few = (list: readonly string[]): string =>
  list.length === 0 ? 'none' : `${list.length} (${list.slice(0, 3).join('; ')}${list.length > 3 ? '; …' : ''})`
