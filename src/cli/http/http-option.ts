import { UsageError } from '../args.js'
import type { HttpAddress } from './serve-state.js'

/** `8080`, `host:8080` or `[::1]:8080`; without a host only this machine. @throws UsageError */
export function httpAddress(text: string, usage: string): HttpAddress {
  const [, host = '127.0.0.1', port = ''] = /^(?:([^/\s]+):)?(\d+)$/.exec(text) ?? []
  if (port !== '' && Number(port) < 65_536) return { host: host.replace(/^\[(.+)\]$/, '$1'), port: Number(port) }
  throw new UsageError(`--http takes a port, or host:port, not "${text}"`, usage)
}

/** As it stands in a URL: an address of IPv6 in brackets. */
export function hostAndPort({ host, port }: HttpAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
