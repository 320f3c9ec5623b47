/** An account that may begin no chats. */
export interface Restriction {
  /** Epoch milliseconds; absent = WhatsApp does not say. */
  until?: number
}

/** How WhatsApp says it, in answers and notifications. @param restriction undefined = the account may begin chats */
export function restrictionData(restriction: Restriction | undefined): object {
  if (restriction === undefined) return { is_active: false }
  const { until } = restriction
  return {
    is_active: true,
    enforcement_type: 'DEFAULT',
    ...(until !== undefined && { time_enforcement_ends: String(Math.ceil(until / 1000)) }),
  }
}
