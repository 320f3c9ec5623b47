/** Redocly Respect: runs the workflows of an Arazzo document against a server, and validates each answer by the contract. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Verdict {
  /** 0: every workflow did its job. */
  exitCode: number
  /** Each workflow that ran, in order, with the failed checks of its last step; empty when it succeeded. */
  failed: Record<string, string[]>
  /** Output and log. */
  output: string
}

interface Step {
  stepId: string
  checks: { name: string; passed: boolean; condition?: string }[]
}

interface Log {
  files: Record<string, { executedWorkflows: { workflowId: string; executedSteps: Step[] }[] }>
}

const root = join(import.meta.dirname, '../..')

/**
 * In a process of its own.
 * @param only ids of workflows; without any, all of them
 * @throws with the output when it ran none
 */
export const respect = async (
  file: string,
  url: string,
  inputs: Readonly<Record<string, string>>,
  only: readonly string[] = [],
): Promise<Verdict> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-respect-'))
  const log = join(folder, 'log.json')
  const workflows = only.flatMap((id) => ['--workflow', id])
  try {
    const { exitCode, output } = await run(
      ['respect', file, '--server', `parley=${url}`, '--json-output', log, ...workflows],
      { REDOCLY_CLI_RESPECT_INPUT: JSON.stringify(inputs) },
    )
    const text = await readFile(log, 'utf8').catch(() => {
      throw new Error(output)
    })
    return { exitCode, failed: failedIn(JSON.parse(text)), output: output + text }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const failedIn = ({ files }: Log): Verdict['failed'] =>
  Object.fromEntries(
    Object.values(files).flatMap(({ executedWorkflows }) =>
      executedWorkflows.map(({ workflowId, executedSteps }) => {
        // A step that was retried has failed checks too: the last try decides.
        const last = executedSteps.at(-1)
        const checks = last?.checks.filter(({ passed }) => !passed) ?? []
        return [workflowId, checks.map(({ name, condition }) => `${last?.stepId}: ${condition ?? name}`)]
      }),
    ),
  )

const run = (args: string[], env: Record<string, string>) =>
  new Promise<{ exitCode: number; output: string }>((resolve) => {
    const options = {
      cwd: root,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1', ...env },
      maxBuffer: 64 * 2 ** 20,
    }
    const child = execFile(
      process.execPath,
      ['node_modules/@redocly/cli/bin/cli.js', ...args],
      options,
      (_, out, err) => resolve({ exitCode: child.exitCode ?? 1, output: out + err }),
    )
  })
