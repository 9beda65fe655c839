// Runs one of the applications, as it was written or migrated by its imports alone, in a process of its own. Nothing
// here keeps that process alive after an error that no one handles.

const { readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const MIGRATED = { 'express-oauth2-jwt-bearer': 'bearward/express', 'express-oauth-jwt': 'bearward/express-oauth-jwt' };
const [, , name, packages, settings] = process.argv;
const file = path.join(__dirname, name);

let text = readFileSync(file, 'utf8');
if (packages === 'bearward') {
  text = text.replace(/require\('(express-oauth[\w-]*)'\)/g, (_, original) => `require('${MIGRATED[original]}')`);
}
const app = new Module(file, module);
app.filename = file;
app.paths = Module._nodeModulePaths(__dirname);
app._compile(text, file);

app.exports(JSON.parse(settings)).then((server) => {
  if (server.listening) process.send(server.address().port);
  else server.once('listening', () => process.send(server.address().port));
});
