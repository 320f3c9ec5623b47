/** Asks `/readyz` once a second, as an orchestrator does. */

export interface Probe {
  /** Answers other than 200 and failures since the last call, and the slowest answer in milliseconds. */
  take(): { refused: string[]; slowestMs: number }
  stop(): void
}

const everyMs = 1_000
/** The time that Kubernetes gives a probe by default. */
const patienceMs = 1_000

export const startProbe = (url: string): Probe => {
  let refused: string[] = []
  let slowestMs = 0
  const look = async () => {
    const began = performance.now()
    try {
      const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(patienceMs) })
      const text = await answer.text()
      if (answer.status !== 200) refused.push(text)
    } catch (error) {
      refused.push(error instanceof Error ? error.message : String(error))
    }
    slowestMs = Math.max(slowestMs, performance.now() - began)
  }
  const timer = setInterval(() => void look(), everyMs)
  return {
    take() {
      const taken = { refused, slowestMs }
      refused = []
      slowestMs = 0
      return taken
    },
    stop: () => clearInterval(timer),
  }
}
