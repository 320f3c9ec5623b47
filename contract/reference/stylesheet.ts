/** Of the reference page. Colours have the contrast that WCAG AA asks for, in both schemes. */
export const stylesheet = `
:root { --ink: #1c2024; --dim: #5b6470; --paper: #fff; --panel: #f5f6f8; --line: #dfe3e8; --accent: #0b6b57; --live: #9a3412;
  --good: #0b6b57; --bad: #a03a10; --worse: #a11a2c }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --dim: #9ba5b1; --paper: #14171a; --panel: #1d2125;
  --line: #31373d; --accent: #5fd0b4; --live: #fdba8c; --good: #5fd0b4; --bad: #f5a97f; --worse: #f4919d } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.55 system-ui, sans-serif;
  display: grid; grid-template-columns: 17rem minmax(0, 1fr) }
a { color: var(--accent) }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.2rem 1rem; background: var(--panel);
  border-right: 1px solid var(--line); font-size: .875rem }
nav h2 { margin: 1.2rem 0 .3rem; font-size: .8rem; color: var(--dim); text-transform: uppercase; letter-spacing: .06em; border: 0; padding: 0 }
nav ul { list-style: none; margin: 0; padding: 0 }
nav li a { display: block; padding: .18rem 0; color: inherit; text-decoration: none }
nav a:hover { color: var(--accent) }
nav .title { font-weight: 700; font-size: 1.1rem; color: inherit; text-decoration: none; display: block; margin-bottom: .6rem }
main { max-width: 56rem; padding: 1.5rem 2rem 6rem }
h1 { margin: 2.8rem 0 .6rem; font-size: 1.8rem; line-height: 1.2 }
main > h1:first-child { margin-top: 0 }
h2 { margin: 2.4rem 0 .5rem; font-size: 1.25rem; border-top: 1px solid var(--line); padding-top: 1.4rem }
h2 a { color: inherit; text-decoration: none }
h3 { margin: 1.2rem 0 .4rem; font-size: .95rem }
.lead { font-size: 1.05rem }
small { color: var(--dim); font-weight: 400; font-size: .8rem }
code { font: .875em ui-monospace, monospace; overflow-wrap: break-word }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; line-height: 1.45 }
pre code { overflow-wrap: normal }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line) }
.members th { width: 11rem }
.members td:nth-child(2) { width: 12rem }
th small, td small { display: block }
.method { display: inline-block; min-width: 4.2em; font: 700 .72rem ui-monospace, monospace; color: var(--good) }
nav li a:has(.method) { display: grid; grid-template-columns: 3.2rem 1fr; align-items: baseline }
.method.post, .method.put { color: var(--bad) }
.method.delete { color: var(--worse) }
.mark { border: 1px solid var(--line); border-radius: 99px; padding: .05rem .6rem; font-size: .78rem; color: var(--dim) }
.mark.live { color: var(--live); border-color: currentColor }
.answer, details { margin: 0; padding: .35rem 0; border-bottom: 1px solid var(--line) }
.answer { padding-left: 1.05rem }
summary { cursor: pointer }
.status { font: 700 .85rem ui-monospace, monospace; margin-right: .3rem }
.s2 { color: var(--good) } .s4 { color: var(--bad) } .s5 { color: var(--worse) }
@media (max-width: 52rem) { body { display: block } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line) }
  main { padding: 1rem 1rem 4rem } .members tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line) }
  .members th, .members td, .members td:nth-child(2) { display: block; width: auto; border: 0; padding: .1rem 0 } }
@media print { nav { display: none } body { display: block } }
`
