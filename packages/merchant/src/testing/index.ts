/** For tests only: a network of one's own, to send a browser away to and have it come back from. */
export {
  type DoubleAnswer,
  type DoubleSession,
  type NetworkDouble,
  refuse,
  startNetworkDouble,
} from './network-double.ts';
