import echo from './examples/echo/echo.ts';

/** The plug-ins of this deployment, which the route table names. docs/plugins.md says how to write one. */
export default [echo];
