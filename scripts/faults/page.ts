/** Writes docs/reliability.md from the records of runs. */
import type { Fault } from './fault.ts'
import { isSameRun, type Measured, type Run, runsIn } from './record.ts'

/** @param measured in the order of the faults; those that it lacks are shown as not measured yet */
export const reliabilityPage = (faults: readonly Fault[], measured: readonly Measured[]): string => {
  const broken = measured.filter((one) => one.broken.length > 0)
  return `# Reliability

## The promise

1. A message whose receipt was sent to WhatsApp is in the store, exactly once, whatever happens to the process, the connection
   or the disk.
2. A step of the encryption's ratchet and the message that it decrypted are committed together: no crash leaves a message that
   cannot be decrypted again and was never stored.
3. Messages are shown in one order, in one chat per person, with a correct unread counter, whatever order WhatsApp delivered
   them in.
4. Where the gateway cannot keep that promise (disk full, database locked), it acknowledges nothing, says so in \`/readyz\` and in
   its metrics, answers 503 to calls that write, continues to serve reads, and recovers by itself.
5. Bad input from a contact, from WhatsApp or from the account's own phone affects nothing else: it is dropped, counted
   (\`parley_unreadable_total\`, by kind) and not retried without limit. No session stops working because of it, and the process
   does not end.

If an error nevertheless reaches the process, the gateway finds the session whose work threw it: that session reconnects, after a
backoff, and the others are not affected. Only an error that belongs to no session ends the process, with exit code 1. After the
third such end within ten minutes (running out of memory in the JavaScript heap counts, too) the gateway starts without the session
that was last at work: that session is \`failed\` and says so, for an hour or until \`:start\`. A kill, a power cut, the operating
system's out-of-memory killer and a crash of native code cannot be told from what an operator does, so they are not counted. For
those, an entry of the journal whose reading began twice and did not end is set aside.

The promise holds against the faults below. It does not hold against the loss of the disk (\`npm run backup\` is for that), nor for
a message that WhatsApp never lets the session decrypt; such a message is shown as a placeholder.

## How it is tested

Each fault is injected into the gateway as users run it: a process of its own, started by the command of \`npm start\`, with the
real client library, connected to the wire-level WhatsApp in \`loopback/\`, which delivers a message again until it is acknowledged
and keeps a ledger of every receipt. After each fault the same invariants are checked:

| | invariant |
|---|---|
| I1 | every message that WhatsApp will not deliver again is stored, once, with its text |
| I2 | no message is in two chats of one person, each says what was sent, and nobody is asked to send again what could be decrypted |
| I3 | every chat is read in one order, newest first, over all its pages |
| I4 | every answer of the API is one that the contract documents: status, headers, body |
| I5 | the process is alive, restarts in under 5 s, and stops with 0 when asked to |
| I6 | SQLite's \`integrity_check\` says ok |
| I7 | the log holds no text, token, key, name or number |

The control is a plain consumer of the same library (keys and messages in SQLite, \`synchronous=FULL\`, messages stored when
\`messages.upsert\` brings them), linked to the same account, with the same input and the same faults. The messages that it loses show
that the suite can see the fault.

## Measured

${measured.length} faults, ${broken.length === 0 ? 'all held' : `**${broken.length} did not hold**`}. This page is written by the runs; the
same seed gives the same random numbers:

| run | commit | measured on | faults | took |
|---|---|---|---|---|
${runsIn(measured).map(runRow(measured)).join('\n')}

| | fault | how | what must hold | measured | control | |
|---|---|---|---|---|---|---|
${faults.map(row(measured)).join('\n')}
${broken.length === 0 ? '' : `\n## What did not hold\n\n${broken.map(details).join('\n')}\n`}`
}

const runRow = (measured: readonly Measured[]) => (run: Run) => {
  const own = measured.filter((one) => isSameRun(one.run, run))
  const seconds = own.reduce((sum, one) => sum + one.seconds, 0)
  const command = `npm run faults -- --seed ${run.seed}${own.length < measured.length ? ' --only …' : ''}`
  return `| \`${command}\` | ${run.commit ?? ''} | ${run.date}, ${run.machine} | ${own.length} | ${minutes(seconds)} |`
}

const row =
  (measured: readonly Measured[]) =>
  ({ id, name, injection, promise }: Fault) => {
    const one = measured.find((each) => each.id === id)
    const verdict = one?.broken.length === 0 ? `held (${one.checks} checks, seed ${one.run.seed})` : '**broken**'
    const outcome = one ? [words(one.figures), words(one.control), verdict] : ['not measured yet', '', '']
    return `| ${[id, name, injection, promise, ...outcome].map(cell).join(' | ')} |`
  }

const details = ({ id, broken }: Measured) => broken.map((text) => `- ${id}: ${cell(text)}`).join('\n')

const words = (list: Measured['figures']) => list.map(([name, value]) => `${name} ${value}`).join('; ')

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const minutes = (seconds: number) => (seconds < 120 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`)
