import type { Size } from '../history.ts'
import type { StoredPagesProgram } from '../programs/stored-pages.ts'
import type { Bench, Row } from '../row.ts'

const sizes = (quick: boolean): Record<'small' | 'large' | 'long', Size> => ({
  small: { chats: 10, messagesPerChat: 1_000 },
  large: { chats: quick ? 50 : 1_000, messagesPerChat: 1_000 },
  long: { chats: 1, messagesPerChat: quick ? 50_000 : 1_000_000 },
})

/** Whether reading stays as fast when the stored copy grows, and however far back one reads. */
export const storedPages: Row = {
  name: 'stored-pages',
  title: 'page with 1 M stored messages ÷ with 10 k; last page ÷ first of a chat of 1 M',
  run: async (bench) => {
    const { small, large, long } = sizes(bench.quick)
    const count = bench.quick ? 200 : 2_000
    const [few, many, one] = [await filled(bench, small), await filled(bench, large), await filled(bench, long)]
    const bySize = await bench.interleave(
      () => many.ask('anywhere', { ...large, count }),
      () => few.ask('anywhere', { ...small, count }),
    )
    const byDepth = await bench.interleave(
      () => one.ask('last', { ...long, count }),
      () => one.ask('first', { ...long, count }),
    )
    const title = `page p50: ${words(large)} stored ÷ ${words(small)}`
    const deep = `page p50: last ÷ first of a chat of ${words(long)}`
    return [
      { title, unit: 'ms', budget: { atMost: 1.5 }, ...bySize },
      { title: deep, unit: 'ms', budget: { atMost: 1.2 }, ...byDepth },
    ]
  },
}

const filled = async (bench: Bench, size: Size) => {
  bench.say(`storing ${words(size)} messages in ${size.chats.toLocaleString('en-US')} chats`)
  const program = await bench.start<StoredPagesProgram>('stored-pages', 'server', await bench.folder())
  await program.ask('fill', size)
  return program
}

const words = ({ chats, messagesPerChat }: Size) => {
  const messages = chats * messagesPerChat
  return messages >= 1_000_000 ? `${messages / 1_000_000} M` : `${messages / 1_000} k`
}
