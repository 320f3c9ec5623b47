/** Of every page that the suite makes. Colours have the contrast that WCAG AA asks for, in both schemes and on every tint. */
export const stylesheet = `
:root {
  --ink: #1c2024; --dim: #57606c; --paper: #f6f7f8; --card: #fff; --well: #f4f5f7; --line: #dde1e6; --accent: #0b6b57; --focus: #1464c0;
  --pass: #0b6b3f; --pass-tint: #e1f4e9; --fail: #ad1f2d; --fail-tint: #fdebec; --warn: #7d4a00; --warn-tint: #fdf0d5;
  --na: #57606c; --na-tint: #eceef1; --untestable: #63399c; --untestable-tint: #f0eafa; --blocked: #8a3a10; --blocked-tint: #fcebe0;
  --error: #8c1763; --error-tint: #fbe8f4; --steered: #0a5a94; --steered-tint: #e3f0fb; --missing: #57606c; --missing-tint: transparent;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e5e8ec; --dim: #a0a9b4; --paper: #111417; --card: #191d21; --well: #12161a; --line: #30363d; --accent: #5fd0b4; --focus: #79b8ff;
  --pass: #6fd59b; --pass-tint: #12301f; --fail: #ff9aa0; --fail-tint: #3d181c; --warn: #f0c170; --warn-tint: #35270d;
  --na: #a9b2bd; --na-tint: #272c32; --untestable: #cdb2f7; --untestable-tint: #2b2140; --blocked: #f7b188; --blocked-tint: #3a2115;
  --error: #f5a3d7; --error-tint: #3b1730; --steered: #8fc7f7; --steered-tint: #12293d; --missing: #a0a9b4 } }
* { box-sizing: border-box }
html { scroll-padding-top: 7rem; -webkit-text-size-adjust: 100% }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif }
main, .top, .foot { max-width: 74rem; margin: 0 auto; padding: 0 clamp(1rem, 3vw, 2rem) }
a { color: var(--accent); text-underline-offset: .15em }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 4px }
[hidden] { display: none !important }
.skip { position: absolute; left: -99rem }
.skip:focus { left: 1rem; top: 1rem; z-index: 9; background: var(--card); padding: .4rem .8rem }
.aside { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
code, pre { font-family: var(--mono); font-size: .875em }
code { overflow-wrap: anywhere }
h1 { margin: 0; font-size: clamp(1.7rem, 4.5vw, 2.4rem); line-height: 1.15; letter-spacing: -.015em; overflow-wrap: anywhere }
h1 small { font-size: .6em; font-weight: 500; color: var(--dim); letter-spacing: 0 }
h2 { margin: 0 0 .3rem; font-size: 1.3rem; letter-spacing: -.005em }
h3 { margin: 0; font-size: 1rem }
.lead { margin: 0 0 1.1rem; color: var(--dim); max-width: 46rem }
main > section { margin-top: 3rem }
.top { padding-top: clamp(1.6rem, 5vw, 3.2rem) }
.eyebrow { margin: 0 0 .5rem; font-size: .8rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; color: var(--accent) }
.where { margin: .5rem 0 0; color: var(--dim); font-size: .9rem }
.where a { color: inherit }
.outcome { margin: 1.6rem 0 0; padding: 1rem 1.2rem; border-radius: 10px; border: 1px solid var(--line); border-left: 6px solid var(--c); background: var(--card) }
.outcome strong { display: block; font-size: 1.25rem; color: var(--c) }
.outcome p { margin: .15rem 0 0 }
.good { --c: var(--pass); --t: var(--pass-tint) } .bad { --c: var(--fail); --t: var(--fail-tint) }
.unsure { --c: var(--warn); --t: var(--warn-tint) } .mock { --c: var(--steered); --t: var(--steered-tint) }
${['pass', 'fail', 'warn', 'na', 'untestable', 'blocked', 'error', 'steered', 'missing']
  .map((state) => `.${state} { --c: var(--${state}); --t: var(--${state}-tint) }`)
  .join('\n')}

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; margin-top: 1rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.2rem }
.figure h2 { font-size: .95rem; font-weight: 600; color: var(--dim); margin: 0 }
.figure .value { margin: 0; font-size: 2.5rem; font-weight: 650; line-height: 1.25; letter-spacing: -.02em; font-variant-numeric: tabular-nums }
.figure .value.none { font-size: 1.6rem; color: var(--dim); line-height: 2 }
.figure p:not(.value) { margin: 0; color: var(--dim); font-size: .9rem }
.verdicts { margin-top: 1rem }
.bar { display: block; width: 100%; height: 10px; border-radius: 5px; background: var(--na-tint) }
.bar rect { fill: var(--c) }
.figure .bar { height: 6px; margin: .35rem 0 .6rem }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem .5rem; margin: .8rem 0 0; padding: 0 }
.legend a { display: inline-flex; align-items: center; gap: .45rem; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 99px; color: inherit; text-decoration: none; font-size: .9rem }
.legend a:hover { border-color: var(--c) }
.legend b { font-variant-numeric: tabular-nums }
.dot { width: .6rem; height: .6rem; border-radius: 50%; background: var(--c); flex: none }

.list { margin: 0; padding: 0; list-style: none }
.list li { padding: .8rem 1.2rem; border-top: 1px solid var(--line) }
.list li:first-child { border-top: 0 }
.list p { margin: .15rem 0 0; overflow-wrap: anywhere }
.to-case code { font-size: .78rem }
.list .dim, .dim { color: var(--dim); font-size: .9rem }
.state { display: inline-block; padding: .05rem .6rem; border-radius: 99px; font-size: .8rem; font-weight: 600; white-space: nowrap; color: var(--c); background: var(--t) }

.scroll { position: relative; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
  /* A shadow at the right edge, until the end of the table covers it. */
  background: linear-gradient(to right, transparent, var(--card) 70%) right / 3rem 100% no-repeat local,
    linear-gradient(to left, rgb(0 0 0 / 22%), transparent) right / .9rem 100% no-repeat, var(--card) }
table { border-collapse: collapse; font-size: .9rem }
.matrix { width: 100%; font-variant-numeric: tabular-nums }
.matrix th, .matrix td { padding: .3rem .2rem; text-align: center; border-top: 1px solid var(--line) }
.matrix thead th { border-top: 0; padding: .6rem .2rem; font-weight: 600; color: var(--dim); white-space: nowrap }
.matrix tbody th, .matrix thead th:first-child { text-align: left; padding-left: 1rem; padding-right: .6rem; position: sticky; left: 0; background: var(--card); z-index: 1 }
.matrix tbody th { font-weight: 600 }
.matrix th small { display: block; overflow-wrap: anywhere; font-weight: 400; color: var(--dim); font-family: var(--mono); font-size: .72rem }
.cell { display: inline-block; min-width: 2.3rem; padding: .15rem .3rem; border-radius: 6px; color: var(--c); background: var(--t); text-decoration: none; font-weight: 600; white-space: nowrap }
a.cell:hover { outline: 1px solid currentColor }
.key .cell { text-align: center }
.cell.no { background: none; color: var(--dim); font-weight: 400 }
.cell.missing { outline: 1px dashed var(--line) }
.cell[tabindex]:focus > .aside { position: fixed; inset: auto 1rem 1rem; z-index: 4; width: auto; max-width: 46rem; height: auto; margin: 0 auto; padding: .8rem 1.1rem; overflow: visible; clip-path: none;
  white-space: normal; overflow-wrap: anywhere; text-align: left; font-weight: 400; color: var(--ink); background: var(--card); border: 1px solid var(--c); border-radius: 10px; box-shadow: 0 .5rem 2rem rgb(0 0 0 / 25%) }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .7rem 0 0; padding: 0; list-style: none; font-size: .85rem; color: var(--dim) }

.grid tbody th { font-weight: 400; min-width: 9.5rem }
.grid .of th { font-weight: 600; background: var(--well) }
.grid .promise { overflow-wrap: break-word }
.grid thead .who { white-space: normal; min-width: 6.5rem; padding: .6rem }
th .dim { font-weight: 400 }
.filter + .scroll { margin-top: .9rem }
.filter { position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; gap: .6rem .7rem; align-items: center; padding: .7rem 0; background: var(--paper); border-bottom: 1px solid var(--line) }
.filter input[type=search], .filter select, .filter button, .copy { font: inherit; font-size: .9rem; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: .35rem .7rem; min-height: 2.3rem }
.filter input[type=search] { flex: 1 1 14rem; min-width: 0 }
.filter input::placeholder { color: var(--dim); opacity: 1 }
.filter select { max-width: 12rem }
.filter button, .copy { cursor: pointer }
.filter button:hover, .copy:hover { border-color: var(--dim) }
.chips { display: flex; flex-wrap: wrap; gap: .35rem; border: 0; margin: 0; padding: 0; min-width: 0 }
.chips label { position: relative; cursor: pointer }
.chips input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer }
.chips span { display: inline-block; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 99px; font-size: .85rem; background: var(--card); color: var(--ink) }
.chips input:checked + span { color: var(--c); background: var(--t); border-color: var(--c); font-weight: 600 }
.chips input:focus-visible + span { outline: 2px solid var(--focus); outline-offset: 2px }
.filter output { margin-left: auto; color: var(--dim); font-size: .9rem; white-space: nowrap; font-variant-numeric: tabular-nums }

.operation { margin-top: 1.6rem }
.operation > header { display: flex; flex-wrap: wrap; gap: .1rem .8rem; align-items: baseline; margin-bottom: .5rem }
.operation > header .dim { overflow-wrap: anywhere }
.operation > header .count { margin-left: auto; font-variant-numeric: tabular-nums }
.cases { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: clip }
.case + .case { border-top: 1px solid var(--line) }
summary { cursor: pointer; list-style: none }
summary::-webkit-details-marker { display: none }
.case > summary > .state { justify-self: start }
.case > summary { display: grid; grid-template-columns: 7.4rem minmax(0, 1fr) auto; gap: .1rem .9rem; align-items: baseline; padding: .55rem 1rem }
.case > summary:hover, .exchange > summary:hover { background: var(--well) }
.case > summary:focus-visible { outline-offset: -2px }
.case[open] > summary { background: var(--well) }
.promise { display: block; overflow-wrap: anywhere }
.promise::first-letter { text-transform: uppercase }
.id { display: block; color: var(--dim); font-size: .78rem; line-height: 1.5 }
.tags { color: var(--dim); font-size: .82rem; white-space: nowrap; font-variant-numeric: tabular-nums }
.level { border: 1px solid var(--line); border-radius: 4px; padding: 0 .35rem; font-size: .75rem; margin-right: .5rem }
.inside { padding: .9rem 1rem 1.2rem; border-top: 1px solid var(--line) }
.problem { margin: 0 0 .9rem; padding: .6rem .9rem; border-left: 4px solid var(--c); background: var(--t); border-radius: 6px; overflow-wrap: anywhere }
.problem ul { margin: 0; padding-left: 1.1rem }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1.2rem; margin: 0 0 1rem; font-size: .92rem }
.facts dt { color: var(--dim) }
.facts dd { margin: 0; overflow-wrap: anywhere }
.facts dd code { color: var(--dim) }
.facts .to code { color: inherit }
.exchange { border: 1px solid var(--line); border-radius: 8px; margin-top: .6rem; overflow: clip }
.exchange > summary { display: flex; flex-wrap: wrap; gap: .1rem .8rem; align-items: baseline; padding: .45rem .8rem; font-size: .88rem }
.exchange > summary code { flex: 1 1 16rem; min-width: 0 }
.exchange > summary::before, .tags::after { content: ''; display: inline-block; width: .45em; height: .45em; border: solid var(--dim); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); flex: none }
.tags::after { margin-left: .9em; transform: rotate(45deg) translate(-.2em, -.2em) }
.case[open] > summary .tags::after { transform: rotate(-135deg) }
.exchange[open] > summary::before { transform: rotate(45deg) }
.exchange > div { padding: .2rem .8rem .9rem; border-top: 1px solid var(--line) }
.exchange h4 { margin: .8rem 0 .3rem; font-size: .8rem; color: var(--dim); font-weight: 600; display: flex; align-items: center; gap: .6rem; min-height: 1.9rem }
pre { margin: 0; padding: .7rem .9rem; overflow-x: auto; background: var(--well); border: 1px solid var(--line); border-radius: 7px; line-height: 1.5; font-size: .82rem; max-height: 30rem; overflow-y: auto }
.copy { min-height: 0; padding: .05rem .6rem; font-size: .78rem; font-weight: 400 }
.compare { margin-top: .8rem; width: 100% }
.compare th, .compare td { overflow-wrap: anywhere; text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
.compare thead th { color: var(--dim); font-weight: 600; font-size: .8rem }
.compare tbody th { font-weight: 400 }
.compare .got { color: var(--c); font-weight: 600 }
.plain { width: 100% }
.plain th, .plain td { text-align: left; vertical-align: top; padding: .45rem 1rem; border-top: 1px solid var(--line) }
.plain thead th { border-top: 0; color: var(--dim); font-weight: 600; font-size: .85rem }
.plain .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
p.after { margin-top: .7rem }
.foot { margin-top: 3.5rem; padding-top: 1.2rem; padding-bottom: 3rem; color: var(--dim); font-size: .85rem; overflow-wrap: anywhere }
.nothing { padding: 1.4rem; color: var(--dim); text-align: center }

@media (max-width: 46rem) {
  html { scroll-padding-top: 1rem }
  .filter { position: static }
  .filter input[type=search] { flex-basis: 100% }
  .filter select { flex: 1 1 40%; max-width: none; min-width: 0 }
  .filter output { margin: 0; flex: 1 1 auto; text-align: right }
  .case > summary { grid-template-columns: minmax(0, 1fr) auto; padding: .7rem .9rem }
  .case > summary .what { grid-column: 1 / -1; grid-row: 2 }
  .compare tr { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr) minmax(0, 1fr) }
  .facts { grid-template-columns: minmax(0, 1fr) }
  .facts dd { margin-bottom: .5rem }
  .operation > header .count { margin-left: 0 }
  .matrix tbody th, .matrix thead th:first-child { padding-left: .7rem; padding-right: .7rem; max-width: 11rem }
  .matrix:not(.grid) th small { display: none }
  .matrix.grid tr { display: flex; flex-wrap: wrap; border-top: 1px solid var(--line) }
  .matrix.grid tr > * { flex: 1 0 5.2rem; min-width: 0; border-top: 0 }
  .matrix.grid tbody th { flex: 1 0 100%; max-width: none; padding-bottom: 0; overflow-wrap: anywhere }
  .matrix.grid .of th { padding-bottom: .3rem }
  .matrix.grid thead th:first-child { display: none }
  .grid thead .who { padding: .5rem .3rem }
  .chips span, .legend a { padding-top: .5rem; padding-bottom: .5rem }
  .filter input[type=search], .filter select, .filter button { min-height: 2.6rem }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .stacked tr { display: block; padding: .5rem 0; border-top: 1px solid var(--line) }
  .stacked tr:first-child { border-top: 0 }
  .stacked th, .stacked td { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; border-top: 0; padding: .15rem 1rem }
  .stacked th { display: block }
  .stacked .number { text-align: left }
  .stacked [data-name]::before { content: attr(data-name); color: var(--dim) }
}
.grid small { overflow-wrap: anywhere }
@media print {
  :root { --ink: #000; --dim: #444; --paper: #fff; --card: #fff; --well: #fff; --line: #bbb; --accent: #000;
    --pass: #0b6b3f; --pass-tint: #fff; --fail: #ad1f2d; --fail-tint: #fff; --warn: #7d4a00; --warn-tint: #fff; --na: #444; --na-tint: #fff;
    --untestable: #63399c; --untestable-tint: #fff; --blocked: #8a3a10; --blocked-tint: #fff; --error: #8c1763; --error-tint: #fff; --steered: #0a5a94; --steered-tint: #fff }
  html { font-size: 12px }
  body { font-size: 1rem }
  .case > summary { padding: .3rem .6rem }
  .filter, .skip, .copy, .tags::after { display: none !important }
  main, .top, .foot { max-width: none; padding: 0 }
  main > section { margin-top: 1.6rem }
  .scroll { overflow: visible; border: 0 }
  .matrix { font-size: 7.5pt } .matrix th, .matrix td { padding: .15rem } .cell { min-width: 0; padding: 0 .1rem } .matrix tbody th, .matrix thead th:first-child { padding-left: 0; position: static }
  .matrix th small { font-size: 6.5pt }
  pre { max-height: none; white-space: pre-wrap; overflow-wrap: anywhere }
  .case > summary, .figure, .outcome, .list li, tr { break-inside: avoid }
  h2, h3, .operation > header { break-after: avoid }
  .bar rect { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
`
