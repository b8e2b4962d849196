/** For tests only: a network of your own, to send a browser away to and have it come back from. */
export type { CallbackOfDouble, DoubleAnswer, Fault, ReceivedCall } from '@payment-passkeys/kit/testing';
export { type DoubleSession, type NetworkDouble, refuse, startNetworkDouble } from './network-double.ts';
