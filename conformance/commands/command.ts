/** What a command of the command line is. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Command {
  /** What `--help` prints. */
  readonly usage: string
  /**
   * @returns the exit code
   * @throws BadArguments, BadTarget: exit code 3; anything else: 2
   */
  run(args: string[], environment: Environment): Promise<number>
}

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>

interface Definition<O extends Options> {
  usage: string
  options: O
  /** How many arguments without a name it takes at most (default none). */
  positionals?: number
  run(values: Parsed<O>['values'], positionals: string[], environment: Environment): Promise<number> | number
}

/** What was typed cannot be meant. */
export class BadArguments extends Error {
  override name = 'BadArguments'
}

/** Reads the arguments, and answers `--help` by itself. */
export const command = <const O extends Options>({ usage, options, positionals = 0, run }: Definition<O>): Command => ({
  usage,
  run: async (args, environment) => {
    if (args.includes('--help') || args.includes('-h')) return say(usage)
    const parsed = parsedBy(() => parseArgs({ args, options, allowPositionals: true }))
    const [surplus] = parsed.positionals.slice(positionals)
    if (surplus !== undefined) throw new BadArguments(`does not take ${surplus}; --help tells more`)
    return run(parsed.values, parsed.positionals, environment)
  },
})

const parsedBy = <T>(parse: () => T): T => {
  try {
    return parse()
  } catch (error) {
    // The rest of the message is advice for positional arguments that begin with a dash.
    const [problem] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new BadArguments(`${problem}; --help tells more`)
  }
}

/** Prints to stdout. @returns exit code 0 */
export const say = (text: string): number => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
}

/** @throws BadArguments unless the text is a whole number within the bounds; undefined stays undefined */
export const whole = (
  option: string,
  text: string | undefined,
  { least, most }: { least: number; most: number },
): number | undefined => {
  if (text === undefined) return undefined
  if (/^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text)
  throw new BadArguments(`--${option} takes a whole number from ${least} to ${most}, not ${text}`)
}
