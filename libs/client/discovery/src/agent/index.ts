export { connectAgent, type AgentUpstream, type ConnectAgentOptions } from './connect-agent.ts';
export type { Subscription } from '../watching/watch-stream.ts';
