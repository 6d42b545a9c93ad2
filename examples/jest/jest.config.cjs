const jsc = { parser: { syntax: "ecmascript", jsx: true }, transform: { react: { runtime: "automatic" } } };

/** @type {import("jest").Config} */
module.exports = {
  // jsdom has no `fetch`, `Request` and `Response`.
  testEnvironment: "@happy-dom/jest-environment",
  transform: { "\\.jsx?$": ["@swc/jest", { jsc, module: { type: "commonjs" } }] },
  // Jest runs CommonJS, and the package is ESM.
  transformIgnorePatterns: ["/node_modules/(?!@report-builder/)"],
};
