/** What is no part of a line of text, but an order to the terminal or the end of the line: all but the tab, C1 too. */
export const controlInLine: RegExp = /[^\P{Cc}\t]/u

/** The same for a text of several lines, whose ends may stay. */
export const controlInText: RegExp = /[^\P{Cc}\t\n\r]/u
