// The address to call is that of the page, where a gateway serves it.
if (location.protocol.startsWith('http'))
  for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin
