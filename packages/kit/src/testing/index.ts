/** For tests only: the shared parts of both kits' network doubles. */
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
