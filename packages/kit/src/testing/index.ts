/** For tests only: what the network doubles of both kits are made of. */
export {
  type AnswerSigned,
  buildCallback,
  buildRefusal,
  type CallbackOfDouble,
  callbackRules,
  type DoubleAnswer,
  type DoubleParts,
  type Fault,
  lastSession,
  type NetworkDoubleControls,
  type ReceivedCall,
  type SessionOfDouble,
  startDouble,
} from './network-double.ts';
