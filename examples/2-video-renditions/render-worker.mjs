import { register } from 'tsx/esm/api'

// A thread does not have the loader of `node --import tsx`.
register()
const { renderVideo } = await import('./frames.ts')

/** What a thread of the pool does. */
export default ({ source, format }) => renderVideo(source, format)
