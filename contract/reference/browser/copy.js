// A button in each text to copy. It says what happened, to screen readers too.
const shownMs = 1500

/** Where pages without TLS have no clipboard, the selection does. */
const copyText = async (code) => {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(code.textContent)
  getSelection().selectAllChildren(code)
  if (!document.execCommand('copy')) throw new Error('not copied')
}

for (const block of document.querySelectorAll('pre.code')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.setAttribute('aria-live', 'polite')
  button.addEventListener('click', async () => {
    const said = await copyText(block.querySelector('code')).then(
      () => 'Copied',
      () => 'Select and copy',
    )
    button.textContent = said
    setTimeout(() => {
      button.textContent = 'Copy'
    }, shownMs)
  })
  block.prepend(button)
}
