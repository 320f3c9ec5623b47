// Run before anything that needs a whole installation: says in one line what is missing. CommonJS and old syntax: it must load
// wherever it is started. `sqlite3`: that package too, which the plain consumers use that the gateway is compared with.
const fs = require('node:fs')
const path = require('node:path')

const refuse = (words) => {
  console.error(`parley: ${words}`)
  process.exit(1)
}

const has = (name) => fs.existsSync(path.join(__dirname, '..', name))

const needed = [22, 19]
const have = process.versions.node.split('.').map(Number)
if (have[0] < needed[0] || (have[0] === needed[0] && have[1] < needed[1])) {
  refuse(
    `Node ${needed.join('.')} or newer is needed, this is ${process.versions.node}. ` +
      '`npm ci` brings Node 24 for Linux and Windows and the npm scripts use it; elsewhere install a current Node.',
  )
}
if (!has('node_modules/pino')) refuse('the dependencies are not installed: run `npm ci`')
if (!['openapi.json', 'operations.ts', 'validators.js', 'reference.html'].every((name) => has(`generated/${name}`)))
  refuse('generated/ is missing or incomplete: run `npm run generate`')
if (process.argv[2] === 'sqlite3') {
  try {
    require('sqlite3')
  } catch {
    refuse(
      'the package sqlite3 is not installed or not built here, and the programs that the gateway is compared with need it: ' +
        'install a C++ compiler and Python, and run `npm ci` again',
    )
  }
}
