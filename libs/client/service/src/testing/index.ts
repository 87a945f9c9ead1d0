export { startLoopback, type Loopback } from './loopback.ts';
