/** For tests only: a double of the network, to send a browser to and receive its return. */
export type {
  BindingToHold,
  CallbackOfDouble,
  DoubleAnswer,
  EventControls,
  EventToMake,
  Fault,
  LifecycleControls,
  ReceivedCall,
} from '@payment-passkeys/kit/testing';
export { type NetworkDouble, type OpenedSession, refuse, startNetworkDouble } from './network-double.ts';
