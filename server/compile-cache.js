// Loaded before anything else (`node --import`): keeps compiled modules, the stripped TypeScript among them, so that the
// next start takes half the time. Plain JavaScript: loading Node's type stripper is what it saves.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Inside the project: the default is a folder for all users of the machine. One that can't be written is no error.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/parley', import.meta.url)))
