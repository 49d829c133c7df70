import counter from './examples/counter/counter.ts';
import cursors from './examples/cursors/cursors.ts';
import dumbIncrement from './examples/dumb-increment/dumb-increment.ts';
import echo from './examples/echo/echo.ts';
import tictactoe from './examples/tictactoe/tictactoe.ts';

/** The plug-ins of this deployment, which the route table names. docs/plugins.md says how to write one. */
export default [echo, dumbIncrement, counter, cursors, tictactoe];
