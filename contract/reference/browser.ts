import { readFileSync } from 'node:fs'

const parts = ['origin', 'tabs', 'copy', 'contents', 'search']

const textOf = (name: string) => readFileSync(new URL(`./browser/${name}.js`, import.meta.url), 'utf8')

/** What the page can do beyond being read: a module of its own parts, each in a block. */
export const script: string = `\n${parts.map((name) => `{\n${textOf(name)}}\n`).join('')}`
