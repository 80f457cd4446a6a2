import type { Timeline } from './timeline.js'

/** A picture of a page: its file is `docs/pictures/<name>.svg`. */
export interface Scene {
  readonly name: string
  /** Runs a pipeline and says what is to be drawn of it. */
  readonly draw: () => Promise<Timeline>
}
