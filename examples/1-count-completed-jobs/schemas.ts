/** One flight is a job: it is started, later completed. */
export const jobSchema = {
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'importId', type: 'string' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['started', 'completed'] } },
    { name: 'destination', type: 'string' },
    { name: 'distance', type: 'int' },
    { name: 'delay', type: 'int' },
  ],
} as const

/** All flights of one origin on one day are an import; `total` says how many. */
export const importSchema = {
  type: 'record',
  name: 'Import',
  fields: [
    { name: 'origin', type: 'string' },
    { name: 'day', type: 'string' },
    { name: 'total', type: 'int' },
  ],
} as const
