/** A shell that keeps its folder and its variables from one command to the next, as a reader's terminal does. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'

export interface Shell {
  /** @returns exit code, and both streams in the order in which they came */
  run(commands: string): Promise<{ code: number; output: string }>
  /** Ends it, and whatever it has left running. */
  close(): Promise<void>
}

export const openShell = (cwd: string, env: NodeJS.ProcessEnv = process.env): Shell => {
  // A process group of its own: what runs in the background ends with it.
  const bash = spawn('bash', ['--noprofile', '--norc'], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  const exit = once(bash, 'exit')
  bash.stdout.setEncoding('utf8')
  bash.stdin.write('exec 2>&1\n')
  return {
    run: (commands) =>
      new Promise((resolve, reject) => {
        const mark = randomUUID()
        let output = ''
        const read = (text: string) => {
          output += text
          const end = new RegExp(`\n?${mark} (\\d+)\n`).exec(output)
          if (end === null) return
          bash.stdout.off('data', read)
          bash.off('exit', fail)
          resolve({ code: Number(end[1]), output: output.slice(0, end.index) })
        }
        const fail = () => reject(new Error(`the shell has ended: ${output}`))
        bash.stdout.on('data', read)
        bash.once('exit', fail)
        // Not the shell's own input: a command that reads would take the next ones.
        bash.stdin.write(`{\n${commands}\n} < /dev/null\necho "${mark} $?"\n`)
      }),
    close: async () => {
      if (bash.pid !== undefined && bash.exitCode === null) process.kill(-bash.pid, 'SIGTERM')
      bash.stdin.end()
      await exit
    },
  }
}
