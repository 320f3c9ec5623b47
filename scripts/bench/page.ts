/** `docs/performance.md`, made by the program that measures. */
import { isBusy, type Machine } from './machine.ts'
import { type Line, markdownTable } from './table.ts'

export interface Report {
  /** ISO, UTC. */
  date: string
  quick: boolean
  rounds: number
  machine: Machine
  lines: Line[]
}

export const performancePage = ({ date, quick, rounds, machine, lines }: Report): string => {
  const { cores, cpu, memoryGiB, platform, node, pinned } = machine
  const budgeted = lines.filter(({ verdict }) => verdict !== 'info')
  const informing = lines.filter(({ verdict }) => verdict === 'info')
  return `# Performance

<!-- Written by \`npm run bench -- --write-docs\`. Do not edit. -->

Measured on ${date} with \`npm run bench${quick ? ' -- --quick' : ''}\`: ${cores} × ${cpu}, ${memoryGiB} GiB, ${platform}, Node ${node}.
${notesOn(quick, machine)}
Milliseconds of one machine say little about another, so each figure is a ratio to a reference that is measured in the same run:
ours, reference, ours, reference, ${rounds} times each. The ratio is the median of the rounds' ratios; the last column has
the least and the greatest. ${pinned ? 'The measured side runs on processor 0, the side that drives it on processor 1.' : 'Both sides shared the processors.'}

${markdownTable(budgeted)}
${informing.length === 0 ? '' : `\nFor information, without a budget:\n\n${markdownTable(informing)}\n`}
## How to read it

- **CPU ÷ raw node:http**: processor time of the whole server process, threads of the database included, for one request
  under 16 kept-alive connections. The reference for a presence reads the JSON body and answers 204; the reference for a
  page runs the statements that the store runs for it, on the same driver and the same file.
- **Prism**: requests per second against the mock of the same document.
- **All operations ÷ one**: a whole request through the contract (routing, token, validation, handler), with every operation
  registered and with one.
- **Through the live client**: calls per second of the WhatsApp adapter against a WhatsApp on loopback, beside a loop around
  a bare Baileys socket.
- **Live messages**: messages that arrive at a steady rate at many sessions, decrypted, journaled, stored and receipted, beside as
  many plain consumers in one process. The processor time is that of the whole process, threads of the database included. A rate
  counts as held when 99 of 100 messages are receipted within a second of when they were due; WhatsApp's side, with its
  encryption, has one processor, and the rate is never above what that one can send.
- **Webhooks**: the store and the deliverer with nothing around them, and receivers that answer at once, or never. The reference sends as
  many bodies of the same length over eight kept connections. The time of a message is from the call of the store to the receiver.
- **Replay**: messages that waited at WhatsApp while nobody was connected, decrypted, journaled, stored and receipted, beside a
  program that stores what the library hands it. The first 600 are told apart: both processes have just started then, and
  run code that is not compiled yet, of which the gateway has more.
- **Stored messages**: a page read from the store, at a random place of a random chat.
- **Ingest**: the same rows, the same number of rows in a commit, \`synchronous=FULL\`; the reference inserts ready rows with
  one prepared statement.
- **Drivers**: calls of the store with nothing around it, one after the other; the processor time of all threads.
- **During an import**: the 99th percentile of pages asked for at a fixed rate over HTTP, counted from when each was due, while
  100,000 messages of history are stored.
- **Downloads**: an attachment of 32 MiB that the gateway has stored as WhatsApp encrypts it. The reference decrypts a file of the same
  size from the disk into the answer. Memory is the most that is resident while 16 download it, less that while one does, for each more;
  of an upload of 100 MiB beside downloads, and of 16 messages at once that each have 16 MiB in their body, it is the most that is
  resident, less what is resident while nothing happens.
- **Memory**: resident memory of a gateway with connected idle sessions, less that of one with a single session, for each
  session more. The reference is a process of bare Baileys sockets.
- **Start**: from starting the process to the first 2xx of an operation.
`
}

const notesOn = (quick: boolean, machine: Machine) => {
  const notes: string[] = []
  if (isBusy(machine))
    notes.push(`Other work was running on the machine (load ${machine.load} at the start): the figures are rough.`)
  if (quick)
    notes.push('A quick run, smaller data and short rounds: it shows that the rows work, not how fast the gateway is.')
  return notes.map((note) => `\n${note}\n`).join('')
}
