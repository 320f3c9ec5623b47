import { createHash } from 'node:crypto'
import { script } from './browser.ts'
import { escapeAttribute, escapeHtml } from './html.ts'
import { stylesheet } from './stylesheet.ts'

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing can run or be loaded but the page's own script and styles. The server sends it as a header, too. */
const policy = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  // Of the tab: /favicon.ico.
  "img-src 'self'",
  `style-src ${hash(stylesheet)}`,
  `script-src ${hash(script)}`,
].join('; ')

/** Title, policy and styles. */
export const head = (title: string): string => `<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${stylesheet}</style>
</head>`
