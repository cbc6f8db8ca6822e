export { SwimSimulator, type Observation, type StartOptions } from './swim-simulator.ts';
export { SwimNetwork, type Weather } from './swim-network.ts';
export { datagramOverheadBytes } from '../../src/wire/datagram-box.ts';
