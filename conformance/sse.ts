/** Reads `text/event-stream`, as HTML has it: what a program is given, and what moves on only the id. */

export interface Sent {
  /** Absent: no line said one. */
  id?: string
  event?: string
  /** Absent: a program hears nothing of it. */
  data?: string
}

/** @returns blocks in their order, without comments and without a last one that has not ended */
export const sentIn = (text: string): Sent[] =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const sent: Sent = {}
      for (const line of block.split('\n')) {
        const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
        if (field === 'id' || field === 'event') sent[field] = value
        if (field === 'data') sent.data = sent.data === undefined ? value : `${sent.data}\n${value}`
      }
      return Object.keys(sent).length === 0 ? [] : [sent]
    })
