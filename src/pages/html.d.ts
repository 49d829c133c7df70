/** wrangler bundles pages as text (`rules` in wrangler.toml). */
declare module '*.html' {
  const text: string;
  export default text;
}
