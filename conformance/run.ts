/** The engine: which cases run, in which order and company, and what each of them proves. */
import { createHash, randomBytes } from 'node:crypto'
import { again, attempt, type Judged, recordOf, whyNotApplicable } from './attempt.ts'
import { type Call, type Case, SuiteFault } from './case.ts'
import type { Bench } from './context.ts'
import { createFixtureDesk } from './fixtures.ts'
import { createLanes, type Tails } from './lanes.ts'
import { type Finding, preflight } from './preflight.ts'
import { createPresences } from './presence.ts'
import { receiverFeature } from './profile.ts'
import { createReceiver } from './receiver.ts'
import { createRedactor } from './redact.ts'
import { clausesOf, requirementsOf } from './requirements.ts'
import { type CaseRecord, footerOf, type Result } from './result.ts'
import type { Suite } from './suite.ts'
import { accepts, type BaselineEntry, defaults, factOf, type Target } from './target.ts'
import { type Answer, createTransport, patient, TransportFault } from './transport.ts'
import { suite as judgedBy } from './version.ts'

export interface RunOptions {
  /** Cases whose id contains this. */
  filter?: string
  /** Stop at the first broken MUST. */
  bail?: boolean
  /** A broken SHOULD makes the target not conformant. */
  strict?: boolean
  baseline?: readonly BaselineEntry[]
  /** Shuffles the order in which cases start; the same number gives the same order. */
  seed?: number
  /** Tokens and fixtures have been tried on the same server. */
  tried?: boolean
  /** So have controls: each case is run by itself. */
  trusted?: boolean
  /** What has to happen is waited for so long; default three times as long as an answer. */
  untilMs?: number
  /** Serial lanes that other runs on the same server share. */
  tails?: Tails
  /** Aborted: what has not begun is not asked, what has begun cleans up, and nothing could be measured. */
  signal?: AbortSignal
  onRecord?: (record: CaseRecord, done: number, of: number) => void
  /** Called with each answer before the suite judges it; nothing in it is masked. */
  onAnswer?: (call: Call, answer: Answer) => void
  /** Told before the first case what is wrong with the target file; nothing wrong, an empty list. */
  onPreflight?: (findings: Result['preflight']) => void
}

export interface Run {
  readonly cases: readonly Case[]
  /** Runs the case, and before it what it stands on; once, however often it is asked. */
  record(test: Case): Promise<CaseRecord>
  /** Runs what has not run, sums up, and closes. */
  finish(): Promise<Result>
  /** Ends the connections to the target, and gives back what its hook has made. */
  close(): Promise<void>
}

const noReceiver =
  'the target file has no limits.receiver: {host, port} under which the server reaches this machine; receiver: null in the profile does without'

/** Requests without an answer, one after the other: nobody is there any more. */
const maxFaultsInARow = 3
/** Cases that came to no verdict for want of an answer. */
const maxCut = 10

export const createRun = (suite: Suite, target: Target, options: RunOptions = {}): Run => {
  const { contract, cases: all } = suite
  const {
    timeoutMs = defaults.timeoutMs,
    concurrency = defaults.concurrency,
    effects = defaults.effects,
  } = target.limits ?? {}
  const { filter = '', strict = false, baseline = [], seed = randomBytes(4).readUInt32BE() } = options
  const { trusted = false, tried = trusted } = options
  const started = Date.now()
  const runId = createHash('sha256').update(randomBytes(16)).digest('hex').slice(0, 8)
  const transport = createTransport(target.baseUrl, timeoutMs, concurrency * 2)
  const helper = patient(transport)
  const desk = createFixtureDesk(suite, target, helper)
  const byId = new Map(all.map((test) => [test.id, test]))
  const selected = all.filter(({ id }) => id.includes(filter))
  const records = new Map<string, Promise<CaseRecord>>()
  const lanes = createLanes(concurrency, options.tails)
  const breaker = { inARow: 0, cut: 0, firstAt: '', bailed: false }
  let checkedFirst: Promise<void> | undefined
  let findings: readonly Finding[] = []
  let done = 0

  const { receiver: address } = target.limits ?? {}
  const receiver = address && createReceiver(address)

  const presence = createPresences(suite, target, helper)
  const bench: Omit<Bench, 'onExchange'> = {
    suite,
    target: desk.target,
    transport,
    redactor: createRedactor(suite, target),
    runId,
    happen: desk.happen,
    // What is trusted has everything.
    lacks: async (operationId) => !trusted && (await presence(operationId)) === 'absent',
    logins: new Map(),
    shared: new Map(),
    receiver,
    untilMs: options.untilMs ?? 3 * timeoutMs,
    onAnswer: options.onAnswer ?? (() => undefined),
  }

  const note = ({ id }: Case, answered: boolean) => {
    breaker.inARow = answered ? 0 : breaker.inARow + 1
    if (!answered) breaker.firstAt ||= id
  }

  /** @returns undefined while there is a point in asking */
  const whyNotAsked = (): Judged | undefined => {
    if (options.signal?.aborted) return { verdict: 'error', reason: 'not asked: the run was stopped' }
    if (breaker.bailed) return { verdict: 'blocked', reason: 'the run was stopped at the first failure' }
    const { inARow, cut, firstAt } = breaker
    if (inARow >= maxFaultsInARow)
      return { verdict: 'error', reason: `not asked: the target had stopped answering, first to ${firstAt}` }
    return cut < maxCut
      ? undefined
      : { verdict: 'error', reason: `not asked: ${cut} cases had no answer twice, the first of all was ${firstAt}` }
  }

  /** What an earlier run, or a mistake of the target, has used up is asked for again, and so the case is run once more. */
  const withAnother = async (once: () => Promise<Judged>): Promise<Judged> => {
    const first = await once()
    return first.usedUp !== undefined && (await desk.replace(first.usedUp)) ? once() : first
  }

  /**
   * One request without an answer says nothing of the target's promises: the case is run once more, with nothing else running, and
   * its record says so.
   */
  const withAnotherTry = async (test: Case, once: () => Promise<Judged>): Promise<Judged> => {
    const first = await lanes.in(test.lane, () => whyNotAsked() ?? withAnother(once))
    if (!first.isCut) return first
    const isRenewed = (await desk.renew(test.needs)).length === 0
    const last = await lanes.alone(() => (isRenewed ? (whyNotAsked() ?? once()) : first))
    if (last.isCut) breaker.cut++
    // Where it could not be asked again, it is as it was.
    return last === first || last.evidence === undefined ? first : again(first, last)
  }

  /**
   * A control of another operation, which the target does not have, proves as little as one that does not apply. What is about
   * no operation stands on some operation, or a server without any would pass it.
   */
  const isOfMissing = async ({ operationId: other }: Case, { operationId }: Case) =>
    operationId !== 'gateway' && other !== 'gateway' && other !== operationId && (await bench.lacks(other))

  const judge = async (test: Case): Promise<Judged> => {
    const excluded = whyNotApplicable(suite, test, target, effects)
    if (excluded !== undefined) return { verdict: 'na', reason: excluded }
    const noTokens = test.needs.filter((key) => key.startsWith('tokens.') && factOf(target, key) === undefined)
    if (noTokens.length > 0) return { verdict: 'untestable', reason: `the target file has no ${noTokens.join(', ')}` }
    if (receiver === undefined && test.features.includes(receiverFeature))
      return { verdict: 'untestable', reason: noReceiver }
    if (!tried)
      checkedFirst ??= preflight(suite, target, { transport: helper, presence }).then((found) => {
        findings = found.map(({ key, problem }) => ({ key, problem: bench.redactor.text(problem) }))
        options.onPreflight?.([...findings])
      })
    await checkedFirst
    const wrong = findings.find(({ key }) => key === 'target' || test.needs.includes(key))
    if (wrong !== undefined) return { verdict: 'blocked', reason: `${wrong.key}: ${wrong.problem}` }
    const { missing, info } = await desk.settle(test.needs)
    await desk.settle(test.optional)
    if (missing.length > 0) return { verdict: 'untestable', reason: missing.join('; ') }
    for (const id of trusted ? [] : test.control) {
      const twin = byId.get(id)
      if (twin === undefined) throw new SuiteFault(`${test.id} has a control that does not exist: ${id}`)
      const { verdict } = await record(twin)
      if (verdict !== 'pass' && (await isOfMissing(twin, test))) continue
      if (verdict === 'error') return { verdict: 'error', reason: `its control ${id} could not be measured` }
      // A control that does not apply proves nothing, but neither does it speak against the case.
      if (verdict !== 'pass' && verdict !== 'warn' && verdict !== 'na')
        return { verdict: 'blocked', reason: `its control ${id} is ${verdict}` }
    }
    return withAnotherTry(test, () => attempt(test, { ...bench, onExchange: (answered) => note(test, answered) }, info))
  }

  const judged = async (test: Case): Promise<Judged> => {
    try {
      return await judge(test)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      return { verdict: 'error', reason: error instanceof TransportFault ? `nobody answers: ${words}` : words }
    }
  }

  const record = (test: Case): Promise<CaseRecord> => {
    const known = records.get(test.id)
    if (known !== undefined) return known
    const running = judged(test).then((judged) => {
      const entry = recordOf(test, judged, baseline, bench.redactor.words)
      if (entry.verdict === 'fail' && entry.known === undefined && options.bail) breaker.bailed = true
      if (selected.includes(test)) options.onRecord?.(entry, ++done, selected.length)
      return entry
    })
    records.set(test.id, running)
    return running
  }

  const finish = async (): Promise<Result> => {
    try {
      await Promise.all(shuffled(selected, seed).map(record))
      const entries = await Promise.all(selected.map(record))
      const stale = baseline.filter((one) => isStale(one, entries)).map(({ id }) => id)
      return {
        format: 1,
        suite: judgedBy,
        contract: { version: contract.version, sha256: contract.sha256 },
        target: { ...target.target, baseUrl: bench.redactor.text(target.baseUrl) },
        profile: target.profile ?? {},
        choices: { validationStatus: target.choices?.validationStatus ?? 'auto' },
        filter,
        strict,
        runId,
        seed,
        startedAt: new Date(started).toISOString(),
        durationMs: Date.now() - started,
        preflight: [...findings],
        stale,
        requirements: requirementsOf(contract),
        clauses: clausesOf(
          contract,
          entries.map(({ clause }) => clause),
        ),
        records: entries,
        footer: footerOf(entries, contract.operationIds, stale, strict),
      }
    } finally {
      await close()
    }
  }

  const close = async () => {
    transport.close()
    await receiver?.close()
    await desk.release()
  }

  return { cases: selected, record, finish, close }
}

/** What an entry accepts has run, and all of it passes. */
const isStale = (entry: BaselineEntry, records: readonly CaseRecord[]): boolean => {
  const accepted = records.filter(({ id, verdict }) => accepts(entry, id) && verdict !== 'na')
  return accepted.length > 0 && accepted.every(({ verdict }) => verdict === 'pass')
}

/** The same number, the same order. */
const shuffled = <T>(list: readonly T[], seed: number): T[] =>
  list
    .map((item, index) => ({ item, rank: createHash('sha256').update(`${seed}:${index}`).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item)
