// Stands in for js-yaml in the bundles: gray-matter loads it for an engine that workflow/front-matter.ts
// always replaces, and it would bring a JavaScript parser of 130 kB with it.
const refuse = () => {
  throw new Error("js-yaml is not part of this bundle");
};
module.exports = { safeLoad: refuse, safeDump: refuse };
