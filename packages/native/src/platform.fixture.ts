/**
 * The platform below expo-web-browser, which itself runs as it is shipped: its native module, and React Native's AppState and Linking,
 * do here what a test makes the cardholder do.
 */

type Listener = (value: unknown) => void;

export const platform = {
  OS: 'ios' as 'ios' | 'android',
  /** Every call of the native module: its name, and its arguments. */
  calls: [] as (readonly [name: string, ...args: unknown[]])[],
  /** iOS: what ASWebAuthenticationSession ends with. */
  endSession: (_result: unknown): void => {},
  failSession: (_error: unknown): void => {},
  /** Android: the app is called with a link; the app comes to the front. */
  openLink: (url: string): void => emit('url', { url }),
  comeToFront: (): void => emit('change', 'active'),
  reset(os: 'ios' | 'android'): void {
    platform.OS = os;
    platform.calls = [];
    listeners.clear();
  },
};

const listeners = new Map<string, Set<Listener>>();

function emit(event: string, value: unknown): void {
  for (const listener of listeners.get(event) ?? []) listener(value);
}

function addEventListener(event: string, listener: Listener): { remove(): void } {
  const known = listeners.get(event) ?? new Set();
  listeners.set(event, known.add(listener));
  return { remove: () => void known.delete(listener) };
}

const nativeModule = {
  openAuthSessionAsync: (...args: unknown[]) => {
    platform.calls.push(['openAuthSessionAsync', ...args]);
    return new Promise((resolve, reject) => {
      platform.endSession = resolve;
      platform.failSession = reject;
    });
  },
  openBrowserAsync: async (...args: unknown[]) => {
    platform.calls.push(['openBrowserAsync', ...args]);
    return { type: 'opened' };
  },
};

/** In place of `react-native`. */
export const reactNative = {
  AppState: { currentState: 'active', addEventListener },
  Linking: { addEventListener },
  Platform: {
    get OS() {
      return platform.OS;
    },
  },
  processColor: (color: unknown) => color,
};

/** In place of `expo-modules-core`. */
export const expoModulesCore = {
  requireNativeModule: () => nativeModule,
  UnavailabilityError: Error,
};
