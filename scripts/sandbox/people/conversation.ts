/**
 * Written conversations. A scene is what is said on one occasion, a line by each line of it:
 *
 *     < what the other one of the chat says
 *     > what the account says
 *     Budi: what somebody says in a group
 */
import { type Content, minute, person, type SeedChat, type SeedMessage } from './seed.ts'

/** What a line may refer to. */
export interface Place {
  /** The key of a line of the same chat that has this name, as whoever refers to it writes it. */
  keyOf(name: string): { remoteJid: string; fromMe: boolean; id: string; participant: string }
  /** JID of a member of the group, or of the other one. */
  jidOf(member: string): string
  /** What was written in that line, as far as it is text. */
  textOf(name: string): string
  /** Epoch ms. */
  at: number
}

export interface Line {
  /** `>`, `<`, or a member of the group. */
  by: string
  said: string | ((place: Place) => Content)
  /** A name by which other lines refer to it. */
  as?: string
  /** As in `SeedMessage`. Default of own lines: read. */
  status?: number
  extra?: SeedMessage['extra']
}

export interface Scene {
  /** How long ago its last line was said, in ms. */
  ago: number
  lines: Line[]
}

export interface Conversation {
  jid: string
  name: string
  /** In front of the ids of its messages. */
  prefix: string
  unread?: number
  /** Numbers of a group's members, by the names that lines begin with. */
  members?: Record<string, string>
  pinned?: true
  archived?: true
  /** In ms from now. */
  mutedFor?: number
  /** Oldest first. */
  scenes: Scene[]
}

/** @param text lines as above; those of `//` and empty ones count for nothing */
export const said = (text: string): Line[] =>
  text.split('\n').flatMap((row) => {
    const match = /^\s*(?:([<>])|(\w+):) (.+)$/.exec(row)
    return match?.[3] === undefined ? [] : [{ by: match[1] ?? match[2] ?? '', said: match[3] }]
  })

/** @param told when it is, in epoch ms, and the JID of the account whose chat it is */
export const chatOf = (conversation: Conversation, told: { now: number; owner: string }): SeedChat => {
  const { jid, name, prefix, unread = 0, members = {}, scenes } = conversation
  const lines = scenes.flatMap(timed)
  const idAt = (index: number) => `${prefix}${String(index + 1).padStart(5, '0')}`
  const indexOf = (ref: string) => {
    const index = lines.findIndex(({ line }) => line.as === ref)
    if (index < 0) throw new Error(`no line of ${name} is named ${ref}`)
    return index
  }
  const jidOf = (by: string) => (by === '<' ? jid : by === '>' ? told.owner : person(members[by] ?? unknownMember(by)))

  const messages = lines.map(({ line, ago }, index): SeedMessage => {
    const fromMe = line.by === '>'
    const timestamp = told.now - ago
    const keyOf = (ref: string) => {
      const at = indexOf(ref)
      const { by } = lines[at]?.line ?? line
      // Who wrote both speaks of a message of their own.
      return { remoteJid: jid, fromMe: by === line.by, id: idAt(at), participant: jidOf(by) }
    }
    const textOf = (ref: string) => String(lines[indexOf(ref)]?.line.said)
    const place = { keyOf, jidOf, textOf, at: timestamp }
    return {
      id: idAt(index),
      fromMe,
      ...(members[line.by] !== undefined && { participant: jidOf(line.by), pushName: line.by }),
      timestamp,
      content: typeof line.said === 'string' ? line.said : line.said(place),
      ...(fromMe && { status: line.status ?? 4 }),
      ...(line.extra && { extra: line.extra }),
    }
  })
  return { jid, name, unread, messages: messages.reverse(), extra: settingsOf(conversation, told.now) }
}

const settingsOf = ({ pinned, archived, mutedFor }: Conversation, now: number) => ({
  ...(pinned && { pinned: Math.floor(now / 1000) }),
  ...(archived && { archived }),
  ...(mutedFor !== undefined && { muteEndTime: now + mutedFor }),
})

const unknownMember = (by: string): never => {
  throw new Error(`${by} is no member of the group`)
}

/** A minute between two writers; what one writes in a row comes in one second, so that its order is that of arrival. */
const timed = ({ ago, lines }: Scene) => {
  let at = ago
  return lines
    .toReversed()
    .map((line, index, reversed) => {
      const next = reversed[index - 1]
      if (next !== undefined && next.by !== line.by) at += minute
      return { line, ago: at }
    })
    .reverse()
}
