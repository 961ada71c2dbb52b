// Every error code of the product with what it means. A test ties this table to the codes that the source uses.
// Add a line where you throw a new one; keep it sorted.

export const ERROR_CODES = {
  'disk-failed': 'The operating system refused an operation on a file or directory; the message says which and why.',
  'disk-full': 'There is no space left on the disk. Free some; nothing that was acknowledged is lost.',
  'file-exists': 'A file that should be new exists already.',
  'invalid-argument': 'A value that was passed is not valid; the message says which values are.',
  'invalid-config': 'An option has a value that it cannot have, or options contradict each other.',
  'invalid-topology': 'The topology has mistakes; the message lists all of them with their places.',
  'invalid-wire-data': 'Bytes from a peer or a file do not follow the format.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES
