// A Bluesky network for tests: PDS, AppView, directory; all on loopback, until standard input ends.
//
// Run in the folder where package.json is installed. Takes DB_POSTGRES_URL and REDIS_HOST (host:port) from the
// environment; with RATE_LIMITS=1 the PDS counts requests as bsky.social does,
// but for those with the header `x-ratelimit-bypass: tests`. Prints one line of JSON when it is up.
import { createRequire } from 'node:module'
import net from 'node:net'

// Each server of the network asks for a port only, which would open it to every interface.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' || /^\d+$/.test(args[0])) {
    const rest = args.slice(1).filter((arg) => typeof arg !== 'string')
    return listen.call(this, Number(args[0]), '127.0.0.1', ...rest)
  }
  if (args[0] && typeof args[0] === 'object' && 'port' in args[0]) args[0] = { ...args[0], host: '127.0.0.1' }
  return listen.apply(this, args)
}

const { TestNetwork } = createRequire(`${process.cwd()}/`)('@atproto/dev-env')
const limited = process.env.RATE_LIMITS === '1'
const network = await TestNetwork.create({
  dbPostgresSchema: 'slamon',
  pds: { hostname: 'localhost', rateLimitsEnabled: limited, rateLimitBypassKey: 'tests' },
})

process.stdin.resume()
process.stdin.on('end', () => network.close().finally(() => process.exit(0)))
console.log(JSON.stringify({ pds: network.pds.url, appview: `${network.bsky.serverDid}#bsky_appview` }))
