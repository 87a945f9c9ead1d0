export { startServices, until, type ReceivedCall, type RunningServices } from './running-services.ts';
export { compass, lamp, order, RefusedError, standIns, type Overrides } from './stand-ins.ts';
