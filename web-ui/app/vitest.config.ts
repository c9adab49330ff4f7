import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";

import app from "./vite.config.ts";

export default mergeConfig(
  app,
  defineConfig({
    test: {
      environment: "happy-dom",
      include: ["src/**/*.test.{ts,tsx}"],
      setupFiles: ["src/test-setup.ts"],
      // That a test ends is what matters, also where the machine has much else to do.
      testTimeout: 120_000,
    },
  }),
);
