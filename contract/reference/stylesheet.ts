import { readFileSync } from 'node:fs'

const parts = ['colours', 'layout', 'text', 'operation', 'search', 'print']

const textOf = (name: string) => readFileSync(new URL(`./styles/${name}.css`, import.meta.url), 'utf8')

/** Of the page. Colours have the contrast that WCAG AA asks for, in both schemes. */
export const stylesheet: string = `\n${parts.map(textOf).join('')}`
