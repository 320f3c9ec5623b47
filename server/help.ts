import { settings } from './settings.ts'

/** What `npm start -- --help` prints: every setting with its meaning, unit and default. */
export const help = (): string => `npm start

Starts the gateway. It takes no options and is configured by environment variables:

${settings.map(({ name, meaning, unit, fallback }) => `  ${name}\n      ${meaning}${unit === undefined ? '' : ` (${unit})`}\n      default: ${fallback}`).join('\n')}
`
