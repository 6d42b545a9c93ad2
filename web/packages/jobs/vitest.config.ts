import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const react19: TestProjectConfiguration = {
  test: {
    name: "React 19",
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    unstubGlobals: true,
  },
};

/** The same tests on React 18. Mantine 9 does not support React 18, so its tests are excluded. */
const react18: TestProjectConfiguration = {
  resolve: {
    alias: [
      { find: /^(react|react-dom)(?=$|\/)/, replacement: `${pathOf("../../react-18/node_modules/")}$1` },
      // Aliases apply to `import`. The CommonJS build of this library uses `require`.
      {
        find: "@testing-library/react",
        replacement: pathOf("../../node_modules/@testing-library/react/dist/@testing-library/react.esm.js"),
      },
    ],
  },
  test: {
    ...react19.test,
    name: "React 18",
    exclude: ["tests/mantine.test.tsx"],
    // Aliases apply only to modules that Vite transforms.
    server: { deps: { inline: [/@tanstack\/react-query/, /@testing-library\/react/, /sonner/] } },
  },
};

export default defineConfig({ test: { projects: [react19, react18] } });
