/** The environment of a gateway without limits, for benchmarks and faults. */
export const unlimited = {
  LIMIT_WRONG_TOKENS: '0',
  LIMIT_PAIRING: '0',
  LIMIT_STARTS: '0',
  LIMIT_PRESENCE: '0',
  SESSIONS_PER_ORGANIZATION: '0',
  STREAMS_PER_ORGANIZATION: '0',
  STREAMS_MAX: '0',
  WEBHOOKS_PER_ORGANIZATION: '0',
}

/** The settings of a session that sends as fast as it is asked to. */
export const unlimitedRates = { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 0 }
