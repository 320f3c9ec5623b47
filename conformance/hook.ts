/** Asks the operator of the target to bring about what a suite cannot: over HTTP, or by a program. */
import { spawn } from 'node:child_process'
import type { Target } from './target.ts'

/** One wish. `state` is the name of a fixture, or of something that has to happen. */
export interface Wish {
  state: string
  params: Readonly<Record<string, unknown>>
}

export interface Hook {
  /** @returns what was made; undefined when the hook does not know the state @throws HookFault */
  make(wish: Wish): Promise<unknown>
  /** What was made is no longer needed. @throws HookFault */
  release(wish: Wish & { value: unknown }): Promise<void>
}

/** The hook is there and did not do as it was asked. */
export class HookFault extends Error {
  override name = 'HookFault'
}

const timeoutMs = 15_000
const maxAnswerChars = 1_048_576

/** @returns undefined when the target has no hook */
export const hookOf = ({ fixtures: { url, command } }: Target): Hook | undefined => {
  if (url !== undefined) return overHttp(url)
  return command === undefined ? undefined : byProgram(command)
}

/** `PUT` makes, `DELETE` releases; 404 says that the state is unknown. */
const overHttp = (url: string): Hook => {
  const ask = async (method: string, wish: object) => {
    try {
      const answer = await fetch(url, {
        method,
        body: JSON.stringify(wish),
        headers: { 'Content-Type': 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await answer.text()
      if (answer.status === 404) return undefined
      if (!answer.ok) throw new HookFault(`the hook answers ${answer.status} ${text.slice(0, 200)}`.trim())
      return parsed(text)
    } catch (error) {
      throw error instanceof HookFault ? error : new HookFault(`the hook does not answer: ${inWords(error)}`)
    }
  }
  return {
    make: (wish) => ask('PUT', wish),
    release: async (wish) => {
      await ask('DELETE', wish)
    },
  }
}

/** One start of the program for each wish, which it reads from stdin; it prints what it made, or `null`. */
const byProgram = ([program = '', ...args]: readonly string[]): Hook => {
  const ask = async (wish: object) => parsed(await outputOf(program, args, `${JSON.stringify(wish)}\n`))
  return {
    make: (wish) => ask({ do: 'make', ...wish }),
    release: async (wish) => {
      await ask({ do: 'release', ...wish })
    },
  }
}

const outputOf = (program: string, args: readonly string[], input: string) =>
  new Promise<string>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: timeoutMs })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < maxAnswerChars) output += text
    })
    child.once('error', (error) => reject(new HookFault(`the hook cannot be started: ${error.message}`)))
    child.once('close', (code, signal) =>
      code === 0 ? resolve(output) : reject(new HookFault(`the hook ended with ${code ?? signal}`)),
    )
    // A program that does not read its wish is judged by what it prints.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })

const parsed = (text: string): unknown => {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    throw new HookFault('the hook answers something that is not JSON')
  }
}

const inWords = (error: unknown) => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
