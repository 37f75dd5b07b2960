// Runs a program of wasm32-wasip1 in Node.js: `node .ci/wasi.mjs FILE [ARGUMENT ...]`, with the files of this machine. There is no current
// folder: paths are absolute.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const args = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args, env: process.env, preopens: { "/": "/" }, returnOnExit: true });
const { instance } = await WebAssembly.instantiate(readFileSync(args[0]), wasi.getImportObject());
process.exit(wasi.start(instance));
