/** What kinds of stores append to a store's name for what they keep beside it: all of them, for whoever deletes a store. */
export const suffixes = ['~history', '~times', '~lists', '~clocks', '~waiting'] as const
export type Suffix = (typeof suffixes)[number]
