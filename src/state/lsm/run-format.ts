// Constants of run files that writer and reader share. Layout: FORMAT.md.

export const RUN_MAGIC = 'TMillRun'
export const RUN_VERSION = 1
export const FOOTER_BYTES = 52
