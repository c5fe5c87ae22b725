// A Slack of another author for tests, on loopback, until standard input ends.
//
// Run in the folder where package.json is installed, with a token as argument. Prints one line of JSON when it is up.
import { once } from 'node:events'
import net from 'node:net'
import { pathToFileURL } from 'node:url'

// It listens on every interface, and offers no way to tell it otherwise.
// It does not wait until it does, either.
const listen = net.Server.prototype.listen
const listening = []
net.Server.prototype.listen = function (port, ...rest) {
  listening.push(once(this, 'listening'))
  const callbacks = rest.filter((one) => typeof one === 'function')
  return listen.call(this, Number(port), '127.0.0.1', ...callbacks)
}

const freePort = () =>
  new Promise((found) => {
    const probe = net.createServer().listen(0, () => {
      const { port } = probe.address()
      probe.close(() => found(port))
    })
  })

// As docs/slack.md asks for.
const scopes = `chat:write channels:read channels:history groups:read groups:history im:write im:history users:read
  users:read.email usergroups:read reactions:read metadata.message:read`.split(/\s+/)
const bot = { app_id: 'A0SLAMON', bot_id: 'B0SLAMON', bot_user_id: 'U0SLAMON', bot_name: 'slamon' }

const { createEmulator } = await import(pathToFileURL(`${process.cwd()}/node_modules/emulate/dist/api.js`))
const port = await freePort()
await createEmulator({
  service: 'slack',
  port,
  seed: {
    slack: {
      team: { name: 'Acme', domain: 'acme' },
      users: [{ name: 'ann', real_name: 'Ann', email: 'ann@acme.example' }],
      channels: [{ name: 'social-desk' }, { name: 'social-oncall' }],
      oauth_apps: [{ client_id: '1', client_secret: '2', name: 'slamon', redirect_uris: [], scopes, ...bot }],
      tokens: [{ token: process.argv[2], type: 'bot', user_id: bot.bot_user_id, scopes, ...bot }],
      strict_scopes: true,
    },
  },
})
await Promise.all(listening)
console.log(JSON.stringify({ api: `http://127.0.0.1:${port}/api/` }))
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
