// Run before anything that needs a newer Node. CommonJS and old syntax: it must load wherever it is started.
var needed = [22, 19]
var have = process.versions.node.split('.').map(Number)
if (have[0] < needed[0] || (have[0] === needed[0] && have[1] < needed[1])) {
  console.error(
    'parley needs Node ' +
      needed.join('.') +
      ' or newer, this is ' +
      process.versions.node +
      '. `npm ci` brings Node 24 for Linux and Windows and the npm scripts use it; elsewhere install a current Node.',
  )
  process.exit(1)
}
