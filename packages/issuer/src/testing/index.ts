/** For tests only: a network of one's own, to send a browser away to and have it come back from. */
export {
  type DoubleAnswer,
  type Fault,
  type NetworkDouble,
  type OpenedSession,
  type ReceivedCall,
  refuse,
  startNetworkDouble,
} from './network-double.ts';
