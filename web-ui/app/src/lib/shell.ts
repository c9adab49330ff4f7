// Words of a shell's command line.

/** A text as one word for a POSIX shell: in quotes where it would be cut or read otherwise. */
export function quoteWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
