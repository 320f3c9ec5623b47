/** Opened by a script alone. Its results are links, in a list that the arrow keys walk. */
export const searchDialog = `<dialog id="search" aria-label="Search">
<form method="dialog">
<input type="search" placeholder="Operations, schemas, members" aria-label="Search operations, schemas and members" autocomplete="off" spellcheck="false">
<button>Close</button>
</form>
<p role="status"></p>
<ul></ul>
</dialog>`
