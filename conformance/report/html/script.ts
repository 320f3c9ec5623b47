/** What the report page can do beyond being read: filter, search, copy, open for printing. It is whole without. */
export const script = `
const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const form = document.querySelector('#filter')
const cases = all('.case')
const groups = all('.operation')
const { search, operation, status, level } = form.elements
const chips = all('[name=state]', form)
const count = form.querySelector('output')
const toggle = form.querySelector('#toggle')
form.hidden = false

// Everything that a case shows, read when it is first searched.
const texts = new Map()
const textOf = (one) => {
  if (!texts.has(one)) texts.set(one, one.textContent.toLowerCase())
  return texts.get(one)
}

const apply = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  const states = chips.filter((chip) => chip.checked).map((chip) => chip.value)
  let shown = 0
  for (const one of cases) {
    const { state, operation: own, statuses, level: strength } = one.dataset
    one.hidden = !(
      (states.length === 0 || states.includes(state)) &&
      (operation.value === '' || operation.value === own) &&
      (status.value === '' || statuses.split(' ').includes(status.value)) &&
      (level.value === '' || level.value === strength) &&
      words.every((word) => textOf(one).includes(word))
    )
    if (!one.hidden) shown++
  }
  for (const group of groups) group.hidden = !group.querySelector('.case:not([hidden])')
  document.querySelector('#nothing').hidden = shown > 0
  count.value = shown === cases.length ? shown + ' cases' : shown + ' of ' + cases.length + ' cases'
  label()
}

const visible = () => cases.filter((one) => !one.hidden)
const label = () => {
  const open = visible().some((one) => one.open)
  toggle.textContent = open ? 'Close all' : 'Open all'
}

const set = ({ state, of = '', answer = '' }) => {
  form.reset()
  for (const chip of chips) chip.checked = chip.value === state
  operation.value = of
  status.value = answer
  apply()
  document.querySelector('#cases').scrollIntoView()
}

form.addEventListener('submit', (event) => event.preventDefault())
form.addEventListener('input', apply)
form.addEventListener('reset', () => setTimeout(apply))
toggle.addEventListener('click', () => {
  const open = toggle.textContent === 'Open all'
  for (const one of visible()) one.open = open
  label()
})

for (const link of all('[data-pick]'))
  link.addEventListener('click', (event) => {
    event.preventDefault()
    set(JSON.parse(link.dataset.pick))
    search.focus({ preventScroll: true })
  })

document.addEventListener('keydown', (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '')
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault()
    search.focus()
  }
  if (event.key === 'Escape' && document.activeElement === search) form.reset()
})

const copy = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
  } catch {
    button.textContent = 'Not allowed here'
  }
  setTimeout(() => { button.textContent = 'Copy' }, 2000)
}

// Buttons are made for what is opened: a report has thousands of commands.
const addButtons = (exchange) => {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.addEventListener('click', () => copy(button, exchange.querySelector('.command').textContent))
  exchange.querySelector('h4').append(button)
}
document.addEventListener('toggle', ({ target }) => {
  if (!target.matches?.('.case')) return
  if (target.open && !target.querySelector('.copy')) all('.exchange', target).forEach(addButtons)
  label()
}, true)

const reveal = () => {
  const one = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!one?.matches('.case')) return
  if (one.hidden) form.reset(), apply()
  one.open = true
  one.scrollIntoView()
}
addEventListener('hashchange', reveal)

// On paper nothing can be opened: what is to be mended is.
let opened = []
addEventListener('beforeprint', () => {
  opened = visible().filter((one) => !one.open && !/^(pass|na|steered)$/.test(one.dataset.state))
  for (const one of opened) one.open = true
})
addEventListener('afterprint', () => {
  for (const one of opened) one.open = false
})

apply()
reveal()
`
