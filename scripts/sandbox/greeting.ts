import type { Files } from './files.ts'
import type { Sandbox } from './sandbox.ts'

export interface GreetingParts {
  controlUrl: string
  files: Pick<Files, 'picture' | 'voiceNote'>
  /** How long the start took. */
  seconds: number
  /** Whether the terminal gives single keys. */
  withKeys: boolean
  /** Whether to show the login tokens, which are long. */
  withLogins: boolean
}

/** What the sandbox says when it is ready: where it is, and lines to paste. */
export const greeting = ({ url, target, pacedSession }: Sandbox, parts: GreetingParts): string => {
  const { tokens, fixtures } = target
  const { controlUrl, files, seconds, withKeys, withLogins } = parts
  const text = '"text":"Your table is free at seven."'
  const send = (token: string, session: string, { key = '', query = '', type = 'text', rest = text } = {}) =>
    `  curl -i '${url}/sessions/${session}/messages${query}' \\
    -H 'Authorization: Bearer ${token}' \\${key && `\n    -H 'Idempotency-Key: ${key}' \\`}
    -H 'Content-Type: application/json' \\
    -d '{"type":"${type}","to":"${fixtures.chat.id}",
         ${rest}}'; echo`
  const sendFile = (type: string, rest: string) => send(tokens.full, fixtures.liveSession, { type, rest })
  const act = (name: string) =>
    `  curl -X POST '${controlUrl}/sandbox/${name}' \\
    -H 'Content-Type: application/json' -d '{}'`
  const logins = `
  login of an owner        ${tokens.ownerLogin}
  login of a member        ${tokens.memberLogin}`
  return `
Parley sandbox, ready in ${seconds.toFixed(1)} s. Nothing here reaches the real WhatsApp.

  API        ${url}
  reference  ${new URL(url).origin}/docs
  contract   ${url}/openapi.json
  control    ${controlUrl}

Sessions
  connected                ${fixtures.liveSession}
  not connected            ${fixtures.offlineSession}
  another organization's   ${fixtures.otherOrgSession}
  with limits              ${pacedSession}

Tokens
  all capabilities         ${tokens.full}
  read only                ${tokens.readOnly}
  send only                ${tokens.sendOnly}
  manage only              ${tokens.manageOnly}
  another organization's   ${tokens.otherOrg}${withLogins ? logins : ''}

Read a chat's messages, newest first
  curl '${url}/sessions/${fixtures.liveSession}/chats/${fixtures.chat.id}/messages?limit=3' \\
    -H 'Authorization: Bearer ${tokens.readOnly}'; echo

Send a text; paste it again, and nothing more arrives: 200
${send(tokens.full, fixtures.liveSession, { key: 'table-at-seven' })}

The same for a session that is not connected: 501
${send(tokens.full, fixtures.offlineSession)}

The same, sent when that session is started: 202
${send(tokens.full, fixtures.offlineSession, { query: '?async=true' })}

The same with a key that may only read: 403
${send(tokens.readOnly, fixtures.liveSession)}

Send a picture, and a voice note, each from its URL: 200
${sendFile('image', `"media":{"url":"${files.picture}","caption":"Our menu"}`)}
${sendFile('audio', `"voice":true,"media":{"url":"${files.voiceNote}"}`)}

Download a picture that came in: picture.png
  curl -f '${url}/sessions/${fixtures.liveSession}/messages/${fixtures.mediaMessage.id}/media' \\
    -H 'Authorization: Bearer ${tokens.readOnly}' -o picture.png

Show "typing…" in a chat: 204
  curl -i -X PUT '${url}/sessions/${fixtures.liveSession}/chats/${fixtures.chat.id}/presence' \\
    -H 'Authorization: Bearer ${tokens.full}' \\
    -H 'Content-Type: application/json' -d '{"state":"composing"}'

Follow the events, in another terminal
  curl -N '${url}/events/stream' \\
    -H 'Authorization: Bearer ${tokens.full}'

Or receive them at a webhook, in another terminal: a program that verifies the signature and shows each event
  WEBHOOK_SECRET=$(curl -s -X POST '${url}/webhooks' \\
    -H 'Authorization: Bearer ${tokens.full}' \\
    -H 'Content-Type: application/json' -d '{"url":"http://127.0.0.1:4020/"}' |
    node -p 'JSON.parse(require("fs").readFileSync(0)).secret') node examples/receivers/receive.mjs

From the other side: a message comes in, and the connection drops
${act('message')}
${act('drop')}
Others: react and edit change messages; refuse and misread apply to the next text. curl ${controlUrl} lists everything.

Link a phone: ask for a QR code in another terminal, then let a phone scan it
  export PARLEY_KEY=${tokens.full}
  npm run pair -- --url '${url}'
${act('scan')}
${withKeys ? '\nKeys do the same: m a message, r a reaction, d drops the connection, s scans; h help, q ends.\n' : ''}
Ctrl-C ends it.`
}
