import { defineConfig } from "vite";

// The dashboard's pages are served under a strict Content-Security-Policy: no inline script or style, fonts and
// images from the same origin only. So nothing may be inlined as a data URL.
export default defineConfig({
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: "http://127.0.0.1:8099", ws: true } },
  },
});
