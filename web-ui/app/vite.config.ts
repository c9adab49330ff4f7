import { defineConfig } from "vite";

// The dashboard's pages are served under a strict Content-Security-Policy: no inline script or style, fonts and
// images from the same origin only. So nothing may be inlined as a data URL.
export default defineConfig({
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    // Browsers with light-dark(), OKLCH, dialogs and CSS nesting: since spring 2024.
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: "http://127.0.0.1:8099", ws: true } },
  },
});
