/** From the words of a command line to an exit code. */
import { BadGrid } from '../report/grid.ts'
import { BadResult } from '../report/json.ts'
import { BadTarget } from '../target-file.ts'
import { suite } from '../version.ts'
import { BadArguments, type Environment, say } from './command.ts'
import { commands } from './index.ts'

const usage = `usage: parley-conformance [COMMAND] [options]

Judges a server by the Parley contract.

${commands.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

  COMMAND --help   the options of a command; the default command is \`${commands[0]?.name}\`
  --version        the version of the suite

Exit codes: 0 conformant, 1 not conformant, 2 could not be measured, 3 bad target file or arguments, 4 the baseline lists cases that pass.
`

/** @returns the exit code */
export const main = async (args: string[], environment: Environment): Promise<number> => {
  try {
    return await dispatch(args, environment)
  } catch (error) {
    if (error instanceof BadTarget) return complain(error.mistakes)
    if (error instanceof BadArguments) return complain([error.message])
    if (error instanceof BadResult || error instanceof BadGrid) return complain([error.message], 2)
    console.error(error)
    return 2
  }
}

const dispatch = async (args: string[], environment: Environment): Promise<number> => {
  const [first = ''] = args
  if (first === '--help' || first === '-h') return say(usage)
  if (first === '--version') return say(suite.version)
  const isNamed = first !== '' && !first.startsWith('-')
  const row = isNamed ? commands.find(({ name }) => name === first) : commands[0]
  if (row === undefined) throw new BadArguments(`there is no command ${first}; --help names them`)
  const command = await row.load()
  return command.run(isNamed ? args.slice(1) : args, environment)
}

const complain = (mistakes: readonly string[], code = 3): number => {
  for (const mistake of mistakes) console.error(`conformance: ${mistake}`)
  return code
}
