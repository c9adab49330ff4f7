// What the test needs around the browser: the handlens binary on free ports with a folder of its own, an HTTPS
// origin that it trusts, and curl.

import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const DEADLINE_MS = 30_000;

export async function startLab() {
  const binary = process.env.HANDLENS_BIN;
  if (!binary) {
    throw new Error(
      "HANDLENS_BIN must name the handlens binary: cargo build, then HANDLENS_BIN=.../target/debug/handlens",
    );
  }
  const dir = mkdtempSync(join(tmpdir(), "handlens-e2e-"));
  const certificate = makeCertificate(dir);
  const held = [];
  const origin = await listen(createServer(certificate, (request, response) => answer(request, response, held)));
  const stranger = await listen(createServer(makeSelfSigned(dir), (_, response) => response.end("hello, stranger")));
  const { child, ready } = await startHandlens(binary, dir);
  const proxy = ready.proxy[0];
  const curl = (url, ...more) =>
    promisify(execFile)("curl", ["--silent", "--max-time", "25", "--noproxy", "", "--proxy", proxy, ...more, url], {
      env: { PATH: process.env.PATH, HOME: dir },
    });
  return {
    dashboard: ready.dashboard,
    origin: `https://localhost:${origin.address().port}`,
    /** An origin whose certificate nobody trusts. */
    stranger: `https://127.0.0.1:${stranger.address().port}`,
    curl: (url) => curl(url, "--cacert", ready.root),
    // Exit code 60: the certificate is not trusted.
    curlWithoutRoot: (url) =>
      curl(url).then(
        () => Promise.reject(new Error("curl trusted it")),
        (error) => (error.code === 60 ? undefined : Promise.reject(error)),
      ),
    release: () => held.splice(0).forEach((response) => response.end("released")),
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const code = await ended;
      for (const server of [origin, stranger]) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(dir, { recursive: true, force: true });
      if (code !== 0) {
        throw new Error(`handlens ended with ${code}`);
      }
    },
  };
}

/** A root of the lab's own in origin-root.pem, and a certificate for localhost from it. */
function makeCertificate(dir) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "root.key",
    "-out",
    "origin-root.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Lab Root",
  );
  openssl("req", ...newKey, "-keyout", "origin.key", "-out", "origin.csr", "-subj", "/CN=localhost");
  writeFileSync(join(dir, "names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n");
  openssl(
    "x509",
    "-req",
    "-in",
    "origin.csr",
    "-CA",
    "origin-root.pem",
    "-CAkey",
    "root.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "names",
    "-out",
    "origin.pem",
  );
  return { key: readFileSync(join(dir, "origin.key")), cert: readFileSync(join(dir, "origin.pem")) };
}

/** A certificate for 127.0.0.1, signed with its own key. */
function makeSelfSigned(dir) {
  const more = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=Stranger".split(" ");
  const files = ["-keyout", "stranger.key", "-out", "stranger.pem", "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...more, ...files], { cwd: dir, stdio: "pipe" });
  return { key: readFileSync(join(dir, "stranger.key")), cert: readFileSync(join(dir, "stranger.pem")) };
}

function listen(server) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function answer(request, response, held) {
  const url = new URL(request.url, "https://localhost");
  response.setHeader("x-lab", "said by the origin");
  switch (url.pathname) {
    case "/hello":
      response.setHeader("content-type", "text/plain");
      response.end(`hello number ${url.searchParams.get("n")}`);
      break;
    case "/json":
      response.setHeader("content-type", "application/json");
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync(JSON.stringify({ list: [1, 2, 3], deep: { er: "text" } })));
      break;
    case "/hold":
      held.push(response);
      break;
    default:
      response.statusCode = 404;
      response.end("not here");
  }
}

async function startHandlens(binary, dir) {
  const args = [
    "run",
    "--listen",
    "127.0.0.1:0",
    "--dashboard",
    "127.0.0.1:0",
    "--data-dir",
    join(dir, "data"),
    "--origin-ca",
    join(dir, "origin-root.pem"),
    "--log-format",
    "json",
  ];
  const child = spawn(binary, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: dir },
  });
  const ready = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("handlens was not ready in time")), DEADLINE_MS);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`handlens ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const told = JSON.parse(line);
      if (told.event === "ready") {
        clearTimeout(late);
        resolve(told);
      }
    });
  });
  return { child, ready };
}
