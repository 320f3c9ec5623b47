/** What one case works with while it runs: sends, judges, remembers each exchange, cleans up. */
import { setTimeout as pause } from 'node:timers/promises'
import { filled } from './base.ts'
import {
  Blocked,
  type Call,
  type Case,
  type Context,
  type Expected,
  Failure,
  type FaultPlace,
  NotApplicable,
  type Problem,
  SuiteFault,
  Untestable,
} from './case.ts'
import type { Contract, OperationId } from './contract.ts'
import { readExhausted } from './exhausted.ts'
import { otherName, otherPlace } from './fault-place.ts'
import { HookFault } from './hook.ts'
import { readLogin } from './login.ts'
import { judgeAnswer, judgeCall, judgeEnvelope, readAnswer } from './oracle.ts'
import { receiverFeature, whoDenies } from './profile.ts'
import type { Receiver } from './receiver.ts'
import type { Redactor } from './redact.ts'
import { wireRequest } from './request.ts'
import type { Exchange } from './result.ts'
import type { Suite } from './suite.ts'
import { defaults, factOf, type Need, type Target } from './target.ts'
import { type Answer, type Transport, TransportFault, type WireAnswer } from './transport.ts'
import { userAgent } from './user-agent.ts'

export interface Evidence {
  exchanges: Exchange[]
  info: Set<string>
  steered: boolean
  /** Names given to `check`. */
  checked: Set<string>
}

export interface Bench {
  suite: Suite
  target: Target
  transport: Transport
  redactor: Redactor
  runId: string
  /** @throws HookFault */
  happen: (event: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>
  /** Called with each answer. */
  onAnswer: (call: Call, answer: Answer) => void
  /** Login tokens that the hook has made for this run, by how they differ. */
  logins: Map<string, Promise<string>>
  /** Ids of what was created once for this run, by how. */
  shared: Map<string, Promise<string>>
  /** Undefined where the target file has no address for it. */
  receiver: Receiver | undefined
  /** Is it an operation that the target does not have? @throws TransportFault */
  lacks: (operationId: OperationId) => Promise<boolean>
  /** What has to happen is waited for so long. */
  untilMs: number
  /** Told after each exchange whether an answer came: the circuit breaker. */
  onExchange: (answered: boolean) => void
}

/** @returns the context, what it has seen, and how to undo what it made */
export const createContext = (
  test: Case,
  bench: Bench,
): { context: Context; evidence: Evidence; cleanUp: () => Promise<void> } => {
  const { suite, target, transport, redactor, runId } = bench
  const { contract } = suite
  const mock = target.target.kind === 'mock'
  const evidence: Evidence = { exchanges: [], info: new Set(), steered: false, checked: new Set() }
  const made: Call[] = []
  const needs: readonly Need[] = test.needs

  const exchange = async (call: Call, steer?: number, expected?: Exchange['expected']): Promise<Answer> => {
    const extra = {
      'User-Agent': userAgent(runId, test),
      ...(steer !== undefined && { Prefer: `code=${steer}` }),
    }
    const request = wireRequest(contract, call, target, extra)
    const started = performance.now()
    const keep = (answer: WireAnswer | undefined, fault?: string) =>
      evidence.exchanges.push({
        ...redactor.exchange(call, request, answer, performance.now() - started, fault),
        ...(expected && { expected }),
      })
    try {
      const sent = await transport.send(request)
      keep(sent)
      bench.onExchange(true)
      const answer = readAnswer(sent)
      bench.onAnswer(call, answer)
      return answer
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error
      keep(undefined, error.message)
      bench.onExchange(false)
      throw error
    }
  }

  const mustNeed = (key: Need) => {
    if (!needs.includes(key) && !test.optional.includes(key))
      throw new SuiteFault(`${test.id} uses ${key} without needing it`)
  }

  const get: Context['get'] = (key) => {
    mustNeed(key)
    const fact = factOf(target, key)
    if (fact === undefined) throw new Untestable(`the target file has no ${key}`)
    return fact
  }

  /** Asks the target's hook, for a case that says that it does. */
  const askHook = async (state: string, params: Readonly<Record<string, unknown>>): Promise<unknown> => {
    if (!test.features.includes('hook')) throw new SuiteFault(`${test.id} asks the hook without the feature hook`)
    return bench.happen(state, params)
  }

  const send = async <T>(call: Call, expected: Expected): Promise<Answer<T>> => {
    const { caller = { token: 'full' } } = call
    if (caller !== 'nobody') mustNeed(`tokens.${caller.token}`)
    const denied = expected.anyOperation ? undefined : whoDenies(suite, target, call.operationId)
    if (denied !== undefined) throw new NotApplicable(`it takes ${call.operationId}, and ${denied} is not claimed`)
    const faults = call.broken ? [] : judgeCall(contract, call)
    if (faults.length > 0) throw new SuiteFault(`the suite's own request to ${call.operationId}: ${faults.join('; ')}`)
    const steer = mock && test.steer ? steering(contract, call, expected) : undefined
    const { status, code } = expected
    const answer = await exchange(call, steer, { status: [status].flat(), ...(code !== undefined && { code }) })
    remember(call, answer)
    // A mock answers with examples, so what it repeats of a request is not judged.
    const problems = judge(contract, call, mock ? undefined : call, expected, answer, evidence)
    if (problems.length > 0 && (await isMissing(call, answer)))
      throw new Blocked(`it takes ${call.operationId}, which the server does not have`)
    if (problems.length > 0) throw new Failure(problems)
    evidence.steered ||= steer !== undefined
    return answer as Answer<T>
  }

  /** Of another operation than the case is about: its own cases say that it is missing. */
  const isMissing = async (call: Call, { status }: Answer) =>
    call.operationId !== test.operationId && (status === 404 || status === 405) && (await bench.lacks(call.operationId))

  /** What a request has created, even by mistake of the target: it goes when the case ends. */
  const remember = ({ operationId, caller = 'nobody', headers, path }: Call, answer: Answer) => {
    const deletion = answer.status === 201 ? contract.deletionOf(operationId) : undefined
    const id = idIn(answer)
    if (deletion === undefined || id === undefined) return
    const theirs = caller !== 'nobody' && caller.token === 'otherOrg'
    const credentials = credentialsIn(headers)
    made.push({
      operationId: deletion.operationId,
      path: { ...path, [deletion.parameter]: id },
      caller: credentials === undefined ? { token: theirs ? 'otherOrg' : 'full' } : 'nobody',
      ...(credentials && { headers: credentials }),
      cleanUp: true,
    })
  }

  const make: Context['make'] = async (operationId, call = {}) => {
    const maker = suite.bases.get(operationId)
    const said = call.body ?? maker?.body
    const body = maker === undefined || said === undefined ? said : filled(maker, said, { get })
    try {
      const status = contract.operations[operationId].statuses.filter((one) => one < 300)
      const answer = await send({ operationId, ...call, ...(body !== undefined && { body }) }, { status })
      return idIn(answer) ?? ''
    } catch (error) {
      if (error instanceof Failure) throw new Blocked(`${operationId} could not make what it needs: ${error.message}`)
      throw error
    }
  }

  const share: Context['share'] = async (operationId, call) => {
    // Cases of one operation do not mind what the others of it do; those of another might.
    const key = JSON.stringify([test.operationId, operationId, call])
    const shared = bench.shared.get(key) ?? make(operationId, call)
    bench.shared.set(key, shared)
    try {
      return await shared
    } catch (error) {
      // The next case tries again.
      bench.shared.delete(key)
      throw error
    }
  }

  /** @returns why nobody knows whether it was done */
  const undo = async (call: Call): Promise<TransportFault | undefined> => {
    try {
      await exchange(call)
      return undefined
    } catch (error) {
      if (error instanceof TransportFault) return error
      throw error
    }
  }

  return {
    evidence,
    context: {
      runId,
      schemaViolation: schemaViolation(target),
      send,
      make,
      share,
      get,
      find: (key) => {
        mustNeed(key)
        return factOf(target, key)
      },
      claims: (what) => whoDenies(suite, target, what) === undefined,
      mayMake: (operationId) => {
        const allowed = target.limits?.effects ?? defaults.effects
        const changes = suite.bases.get(operationId)?.effects ?? []
        return whoDenies(suite, target, operationId) === undefined && changes.every((one) => allowed.includes(one))
      },
      check: (name, holds, otherwise) => {
        if (!test.checks.includes(name)) throw new SuiteFault(`${test.id} checks ${name} without declaring it`)
        evidence.checked.add(name)
        if (!holds) throw new Failure([{ check: name, message: otherwise }])
      },
      happen: (event, params) => ofHook(askHook(event, params)),
      exhaust: async (operation, reason) =>
        mock ? {} : ofHook(askHook('exhausted', { operation, reason }).then(readExhausted)),
      login: (change) => {
        const key = JSON.stringify(change)
        const known = bench.logins.get(key) ?? askHook('loginToken', { ...change }).then(readLogin)
        bench.logins.set(key, known)
        return ofHook(known)
      },
      receive: async (isMeant) => {
        if (bench.receiver === undefined || !test.features.includes(receiverFeature))
          throw new SuiteFault(`${test.id} receives without the feature ${receiverFeature}`)
        return bench.receiver.open(isMeant)
      },
      until: async (what, ask, changed) => {
        const deadline = performance.now() + bench.untilMs
        for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 500)) {
          const found = await ask()
          if (found !== undefined) return found
          if (performance.now() > deadline)
            throw new Failure([{ check: 'in-time', message: `${what} did not happen within ${bench.untilMs} ms` }])
          await Promise.race([pause(waitMs), ...(changed === undefined ? [] : [changed()])])
        }
      },
    },
    cleanUp: async () => {
      // What was created in something else goes before it.
      for (const call of made.splice(0).reverse()) {
        const fault = await undo(call)
        if (fault?.kind === 'connection') await undo(call)
      }
    },
  }
}

/** What the hook cannot do makes a case untestable. */
const ofHook = async <T>(said: Promise<T>): Promise<T> => {
  try {
    return await said
  } catch (error) {
    throw error instanceof HookFault ? new Untestable(error.message) : error
  }
}

/** The id of what was created. */
const idIn = ({ body }: Answer): string | undefined => {
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined
  return typeof id === 'string' ? id : undefined
}

/** Tokens that are not of the target file: what was made with one is deleted with the same. */
const credentialsIn = (headers: Call['headers'] = {}): Call['headers'] => {
  const found = Object.entries(headers).filter(([name]) => /^(authorization|x-api-key)$/i.test(name))
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

/** The status that a mock is asked to answer with; undefined when a success is expected. */
const steering = (contract: Contract, { operationId }: Call, { status }: Expected): number | undefined => {
  const wanted = [status].flat()
  const documented = wanted.filter((one) => contract.operations[operationId].statuses.includes(one))
  return wanted.some((one) => one < 400) ? undefined : documented.at(-1)
}

const schemaViolation = ({ choices }: Target): readonly number[] => {
  const choice = choices?.validationStatus ?? 'auto'
  return choice === 'auto' ? [400, 422] : [choice]
}

const judge = (
  contract: Contract,
  call: Call,
  asked: Call | undefined,
  { status, code, anyOperation, faultPlace }: Expected,
  answer: Answer,
  evidence: Evidence,
): Problem[] => {
  const wanted = [status].flat()
  const problems: Problem[] = []
  if (!wanted.includes(answer.status))
    problems.push({ check: 'status', message: `answered ${answer.status} instead of ${wanted.join(' or ')}` })
  const judgement = anyOperation
    ? judgeUndocumented(answer)
    : judgeAnswer(contract, call.operationId, call.method ?? '', answer, asked)
  problems.push(...judgement.problems)
  for (const info of judgement.info) evidence.info.add(info)
  if (problems.length === 0 && code !== undefined && codeOf(answer) !== code)
    problems.push({ check: 'code', message: `error.code is ${codeOf(answer) ?? 'absent'} instead of ${code}` })
  if (problems.length === 0 && asked !== undefined && faultPlace !== undefined) {
    const message = code === 'not_found' ? otherName(faultPlace, answer) : otherErrors(faultPlace, answer)
    if (message !== undefined) problems.push({ check: 'where', message })
  }
  return problems
}

const otherErrors = (faultPlace: FaultPlace, answer: Answer): string | undefined => {
  const other = otherPlace(faultPlace, answer)
  return other && `details.errors names ${other}, and what is wrong is ${faultPlace.pointer}`
}

const judgeUndocumented = (answer: Answer) => (answer.status < 400 ? { problems: [], info: [] } : judgeEnvelope(answer))

const codeOf = ({ body }: Answer): string | undefined => {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
