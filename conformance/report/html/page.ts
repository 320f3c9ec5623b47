/** One self-contained page: nothing is loaded, and nothing but its own script can run. */
import { createHash } from 'node:crypto'
import { html, type Markup } from './markup.ts'
import { stylesheet } from './stylesheet.ts'

export interface PageParts {
  title: string
  body: Markup
  /** Runs when the page has been read. */
  script: string
}

export const page = ({ title, body, script }: PageParts): string =>
  `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(stylesheet)}</style>
</head>
<body>
${body}
<script>${raw(script)}</script>
</body>
</html>
`.markup
  }`

/** Text of this project, not escaped. */
const raw = (markup: string): Markup => ({ markup })

// A report holds what a foreign server said: even if some of it were taken for markup, it could neither run nor call home.
const policy = (script: string) =>
  `default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src ${hash(stylesheet)}; script-src ${hash(script)}`

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
