/** Something to tell a user. */
export interface Message {
  readonly id: string
  readonly user: string
  /** Alerts go first, and to everybody; newsletters to those who want them. */
  readonly kind: 'alert' | 'newsletter'
  readonly text: string
}

/** What a user wants, and how the user is reached. */
export interface Preferences {
  readonly optIn: boolean
  readonly mail: string
  readonly phone?: string
}

/** What became of a message. */
export interface Delivery {
  readonly id: string
  readonly state: 'mailed' | 'texted' | 'unwanted' | 'undelivered'
  /** By which the service knows it. */
  readonly receipt?: string
}
