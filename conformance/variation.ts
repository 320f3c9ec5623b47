/** Do answers to the same request vary, though nothing has happened in between? */
import { setTimeout as pause } from 'node:timers/promises'

/** So many like answers in a row, and they do not. */
const enough = 6
const most = 10
/** Others may change what is asked for: then it is asked for again, later. */
const series = 2
const pauseMs = 100

/**
 * What others change stays changed. So it speaks against the server when an answer comes back after another one, or when
 * hardly two are alike.
 * @param ask sends the request; @returns the answer as text
 * @returns two answers that differ; undefined when they do not vary
 */
export const variationOf = async (ask: () => Promise<string>): Promise<[string, string] | undefined> => {
  for (let left = series; ; left--) {
    const found = await variationIn(ask)
    if (found === undefined || left === 1) return found
    await pause(pauseMs)
  }
}

const variationIn = async (ask: () => Promise<string>): Promise<[string, string] | undefined> => {
  const answers: string[] = []
  while (answers.length < most) {
    const answer = await ask()
    const before = answers.at(-1)
    if (before !== undefined && before !== answer && answers.includes(answer)) return [before, answer]
    answers.push(answer)
    if (answers.length >= enough && answers.slice(-enough).every((one) => one === answer)) return undefined
  }
  const [one = '', other = ''] = new Set(answers)
  return new Set(answers).size > most / 2 ? [one, other] : undefined
}
