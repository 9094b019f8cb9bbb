#!/usr/bin/env node
import module from "node:module";

// Before anything else is loaded: Node 22.8 and later keep compiled code between runs, and stack traces of --debug name
// lines of the source (reading the maps takes 30 ms, so that nobody else pays for it).
if ("enableCompileCache" in module && typeof module.enableCompileCache === "function") module.enableCompileCache();
if (process.argv.includes("--debug")) process.setSourceMapsEnabled(true);

const { runCommandLine } = await import("./command-line.js");
await runCommandLine();
