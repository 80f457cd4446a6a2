import { generator } from '../shared/random.js'

/** A commit as its repository tells it, under its hash. */
export interface Commit {
  readonly repository: string
  readonly author: string
  readonly message: string
  /** The files that it changed, and what is in them now. */
  readonly files: Readonly<Record<string, string>>
}

/** What is to be built and tested, under the hash of its commit. */
export interface Build {
  readonly repository: string
  readonly title: string
  readonly files: Readonly<Record<string, string>>
}

const start = Date.UTC(2026, 0, 5, 8)

/** What a repository sends: mostly commits, but one time in ten something that no one can build. */
export interface Push {
  readonly repository: 'compiler' | 'docs' | 'website' | 'tools'
  readonly sha: string
  /** JSON of a commit, or not. */
  readonly text: string
  readonly timestamp: number
  readonly poison: boolean
}

/** The push number `n`, from 0; the same every time. The compiler's repository is by far the busiest. */
export function push(n: number): Push {
  const random = generator(n + 6_000)
  const kind = random()
  const repository = kind < 0.7 ? 'compiler' : kind < 0.8 ? 'docs' : kind < 0.9 ? 'website' : 'tools'
  const sha = Array.from({ length: 10 }, () => Math.floor(random() * 16).toString(16)).join('') + n
  const files = { [`src/part-${n % 7}.js`]: `exports.answer = ${Math.floor(random() * 20)}` }
  const commit: Commit = { repository, author: `dev-${n % 5}`, message: `Change ${n}\n\nWith a reason`, files }
  const text = JSON.stringify(commit)
  const cases = n % 10 === 4 ? [text.slice(0, 20), JSON.stringify({ ...commit, files: {} }), '"commit"'] : [text]
  return { repository, sha, text: cases[n % cases.length]!, timestamp: start + 60_000 * n, poison: cases.length > 1 }
}
