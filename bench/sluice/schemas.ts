// What the Avro workload reads and writes.

export const job = {
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'importId', type: 'string' },
    { name: 'status', type: 'string' },
    { name: 'origin', type: 'string' },
    { name: 'destination', type: 'string' },
    { name: 'delay', type: 'int' },
    { name: 'distance', type: 'int' },
  ],
} as const

export const route = {
  type: 'record',
  name: 'Route',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'route', type: 'string' },
    { name: 'late', type: 'boolean' },
  ],
} as const
