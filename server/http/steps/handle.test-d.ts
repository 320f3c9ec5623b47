/** Checked by the compiler alone: no handler is called without each step before it. */
import type { Gateway, Input } from '../../operation.ts'
import type { Checks, Handle, Passed } from './handle.ts'

declare const handle: Handle<Gateway>
declare const input: Input<'setChatPresence'>
declare const checks: Checks
declare const may: Passed<'may'>

export const everyStep = () => handle('setChatPresence', input, checks)

// @ts-expect-error nobody asked what the caller may
export const withoutMay = () => handle('setChatPresence', input, { state: checks.state, pace: checks.pace })

// @ts-expect-error nobody looked at the state of things
export const withoutState = () => handle('setChatPresence', input, { may, pace: checks.pace })

// @ts-expect-error nobody looked at the pace
export const withoutPace = () => handle('setChatPresence', input, { may, state: checks.state })

// @ts-expect-error one check is not another
export const twice = () => handle('setChatPresence', input, { may, state: may, pace: checks.pace })

const { session: _session, ...sessionless } = input
// @ts-expect-error nobody found the session
export const withoutSession = () => handle('setChatPresence', sessionless, checks)

const { live: _live, ...clientless } = input
// @ts-expect-error nobody asked for a connected client
export const withoutLive = () => handle('setChatPresence', clientless, checks)

const { body: _body, ...unread } = input
// @ts-expect-error nobody read the body
export const withoutBody = () => handle('setChatPresence', unread, checks)

const { principal: _principal, ...anonymous } = input
// @ts-expect-error nobody asked who calls
export const withoutWho = () => handle('setChatPresence', anonymous, checks)
