/** What a process gets of the environment of the tests that start it: nothing that would configure it. */
export const bareEnv = {
  PATH: process.env.PATH,
  // Where Node keeps what it has made of TypeScript: without it each process would compile everything again.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
}
