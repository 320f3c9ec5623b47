// The samples of one call as tabs; a language that is chosen in one place is chosen everywhere, and the next time.
const key = 'parley-samples'

// A page may be refused its storage.
const remembered = () => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

const remember = (language) => {
  try {
    localStorage.setItem(key, language)
  } catch {}
}

const tabs = []

const choose = (language) => {
  for (const { tab, panel } of tabs) {
    const isChosen = tab.textContent === language
    tab.setAttribute('aria-selected', String(isChosen))
    tab.tabIndex = isChosen ? 0 : -1
    panel.hidden = !isChosen
  }
}

/** What is above may have become longer or shorter: the tab stays where it is on the screen. */
const chooseHere = (tab) => {
  const before = tab.getBoundingClientRect().top
  choose(tab.textContent)
  scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: 'instant' })
  remember(tab.textContent)
}

const moves = { ArrowLeft: -1, ArrowRight: 1 }

for (const [index, group] of [...document.querySelectorAll('.samples')].entries()) {
  const list = document.createElement('div')
  list.role = 'tablist'
  list.ariaLabel = group.ariaLabel
  group.removeAttribute('role')
  const own = [...group.querySelectorAll('.sample')].map((sample) => {
    const { language } = sample.dataset
    const tab = document.createElement('button')
    tab.type = 'button'
    tab.role = 'tab'
    tab.id = `tab-${index}-${language}`
    tab.textContent = language
    const panel = document.createElement('div')
    panel.role = 'tabpanel'
    panel.id = `sample-${index}-${language}`
    panel.className = 'sample'
    panel.setAttribute('aria-labelledby', tab.id)
    tab.setAttribute('aria-controls', panel.id)
    panel.append(sample.querySelector('pre'))
    sample.replaceWith(panel)
    tab.addEventListener('click', () => chooseHere(tab))
    return { tab, panel }
  })
  list.append(...own.map(({ tab }) => tab))
  list.addEventListener('keydown', ({ key }) => {
    const at = own.findIndex(({ tab }) => tab === document.activeElement)
    const next = own[(at + (moves[key] ?? 0) + own.length) % own.length]
    if (moves[key] === undefined || next === undefined) return
    next.tab.focus()
    chooseHere(next.tab)
  })
  group.prepend(list)
  tabs.push(...own)
}

const known = tabs.some(({ tab }) => tab.textContent === remembered())
choose(known ? remembered() : tabs[0]?.tab.textContent)
