/** Prometheus metrics. Labels have few values: never an id, a phone number or a path. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { StoredEvent } from './model/events.ts'
import type { SessionStatus } from './model/session.ts'
import type { OutgoingCount } from './ports/store/outbox.ts'

export interface Metrics {
  /** Counts an answered request. `operation` is the operationId, or a label for requests outside the contract. */
  request(operation: string, status: number, seconds: number): void
  ingested(messages: number): void
  /** Counts stored events. */
  told(events: readonly StoredEvent[]): void
  /** Counts a message that was dropped because it pretended to come from the account's own phone. */
  spoofed(): void
  /** Counts something from WhatsApp that could not be read and was dropped. `kind`: a label such as `exception`. */
  unreadable(kind: string): void
  /** Counts a login. `outcome`: `open`, or the reason why the connection closed. */
  login(outcome: string): void
  /** Counts the bytes of an attachment that was downloaded from WhatsApp. */
  downloaded(bytes: number): void
  /** Counts an attachment that was not downloaded. `why`: a label such as `gone`. */
  notDownloaded(why: string): void
  /**
   * Counts an attempt to send an event to a webhook.
   * @param outcome a label such as `delivered`
   * @param lagMs since the event was stored; absent = it is in no log
   */
  attempted(outcome: string, lagMs?: number): void
  /** Notes that a stream was given an event of the log. @param lagMs since it was stored */
  read(lagMs: number): void
  /** The metrics in Prometheus' text format. */
  text(): Promise<string>
  contentType: string
}

/** Called at each scrape. */
export interface Sources {
  sessions: () => Promise<{
    byStatus: Record<SessionStatus, number>
    byReason: { status: SessionStatus; reason: string; count: number }[]
  }>
  /** Why the store can't be written; undefined when it can. */
  store: () => string | undefined
  /** The writes that wait for their commit. */
  writes: () => { count: number; oldestMs: number }
  /** The open streams of events. */
  readers: () => number
  /** For how long the oldest event has waited for a webhook, in milliseconds. */
  backlogMs: () => number
  /** What was accepted to be sent and has not ended. */
  outgoing: () => Promise<OutgoingCount[]>
  /** Epoch ms. */
  clock: () => number
}

export const createMetrics = (sources: Sources): Metrics => {
  const { sessions, store, writes, readers, backlogMs } = sources
  const registry = new Registry()
  const counted = () => sessions().catch(() => ({ byStatus: {}, byReason: [] }))
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Counter({
    name: 'parley_http_requests_total',
    help: 'Answered requests',
    labelNames: ['operation', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'parley_http_request_duration_seconds',
    help: 'Time from the end of the headers to the end of the answer',
    labelNames: ['operation'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const messages = new Counter({ name: 'parley_ingested_messages_total', help: 'Messages stored', registers })
  const events = new Counter({
    name: 'parley_events_total',
    help: 'Events stored in the event log, by name',
    labelNames: ['event'],
    registers,
  })
  const spoofed = new Counter({
    name: 'parley_spoofed_messages_total',
    help: "Messages of somebody else that pretended to be the account's own phone; left out",
    registers,
  })
  const unreadable = new Counter({
    name: 'parley_unreadable_total',
    help: 'What came from WhatsApp and could not be taken, by kind; left out',
    labelNames: ['kind'],
    registers,
  })
  const logins = new Counter({
    name: 'parley_login_attempts_total',
    help: 'Connections to WhatsApp by how they ended or that they opened',
    labelNames: ['outcome'],
    registers,
  })
  new Gauge({
    name: 'parley_sessions',
    help: 'Sessions by status',
    labelNames: ['status'],
    registers,
    async collect() {
      // When they cannot be counted now, no number is better than a stale one.
      this.reset()
      const { byStatus } = await counted()
      for (const [status, count] of Object.entries(byStatus)) this.set({ status }, count)
    },
  })
  new Gauge({
    name: 'parley_sessions_by_reason',
    help: 'Sessions by status and by the kind of reason that the status has',
    labelNames: ['status', 'reason'],
    registers,
    async collect() {
      // A status that no session has any more must not keep its last value.
      this.reset()
      const { byReason } = await counted()
      for (const { status, reason, count } of byReason) this.set({ status, reason }, count)
    },
  })
  new Gauge({
    name: 'parley_store_writable',
    help: '1 while the database can be written, 0 while it is full, locked or failing',
    registers,
    collect() {
      this.set(store() === undefined ? 1 : 0)
    },
  })
  new Gauge({
    name: 'parley_store_writes_waiting',
    help: 'Writes that wait for their commit',
    registers,
    collect() {
      this.set(writes().count)
    },
  })
  new Gauge({
    name: 'parley_store_oldest_write_seconds',
    help: 'For how long the oldest of them has waited, 0 when there is none',
    registers,
    collect() {
      this.set(writes().oldestMs / 1000)
    },
  })
  new Gauge({
    name: 'parley_event_readers',
    help: 'Open streams of events',
    registers,
    collect() {
      this.set(readers())
    },
  })
  outboxGauges(registers, sources)
  return {
    request: (operation, status, duration) => {
      requests.inc({ operation, status })
      seconds.observe({ operation }, duration)
    },
    ingested: (count) => messages.inc(count),
    told: (stored) => {
      for (const { event } of stored) events.inc({ event })
    },
    spoofed: () => spoofed.inc(),
    unreadable: (kind) => unreadable.inc({ kind }),
    login: (outcome) => logins.inc({ outcome }),
    ...downloadCounters(registers),
    ...webhookMetrics(registers, backlogMs),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

const outboxGauges = (registers: Registry[], { outgoing, clock }: Pick<Sources, 'outgoing' | 'clock'>) => {
  // When they cannot be counted now, no number is better than a stale one.
  const counted = () => outgoing().catch(() => [])
  new Gauge({
    name: 'parley_outbox_messages',
    help: 'Messages and changes that were accepted and have not ended, by state; `written` may have reached WhatsApp. Absent when there is none',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset()
      for (const { state, count } of await counted()) this.set({ state }, count)
    },
  })
  new Gauge({
    name: 'parley_outbox_oldest_seconds',
    help: 'How long ago the oldest of them was accepted; absent when there is none',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset()
      for (const { state, oldestAt } of await counted()) this.set({ state }, Math.max(0, clock() - oldestAt) / 1_000)
    },
  })
}

const webhookMetrics = (registers: Registry[], backlogMs: () => number): Pick<Metrics, 'attempted' | 'read'> => {
  const lag = new Histogram({
    name: 'parley_event_lag_seconds',
    help: 'How long ago an event was stored when a webhook was delivered it, or a stream was given it; streams that resume are late',
    labelNames: ['via'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 600, 3_600, 21_600, 86_400],
    registers,
  })
  const attempts = new Counter({
    name: 'parley_webhook_attempts_total',
    help: 'Attempts to send an event to a webhook, by what became of them',
    labelNames: ['outcome'],
    registers,
  })
  new Gauge({
    name: 'parley_webhook_backlog_seconds',
    help: 'For how long the oldest event has waited to be delivered, of all webhooks; 0 when none waits',
    registers,
    collect() {
      this.set(backlogMs() / 1000)
    },
  })
  return {
    attempted: (outcome, lagMs) => {
      attempts.inc({ outcome })
      if (outcome === 'delivered' && lagMs !== undefined) lag.observe({ via: 'webhook' }, lagMs / 1000)
    },
    read: (lagMs) => lag.observe({ via: 'stream' }, lagMs / 1000),
  }
}

const downloadCounters = (registers: Registry[]): Pick<Metrics, 'downloaded' | 'notDownloaded'> => {
  const sizes = new Counter({
    name: 'parley_media_downloaded_bytes_total',
    help: 'Bytes of attachments that were downloaded from WhatsApp and verified',
    registers,
  })
  const files = new Counter({
    name: 'parley_media_downloads_total',
    help: 'Attachments that were downloaded from WhatsApp and verified',
    registers,
  })
  const failures = new Counter({
    name: 'parley_media_failures_total',
    help: 'Attachments that could not be downloaded, by reason; `dropped`: not fetched at once, because too many waited',
    labelNames: ['reason'],
    registers,
  })
  return {
    downloaded: (bytes) => {
      files.inc()
      sizes.inc(bytes)
    },
    notDownloaded: (reason) => failures.inc({ reason }),
  }
}
