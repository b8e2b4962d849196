/** What a network in sandbox mode offers beside the API of production (contract §19): a file for each part. Pure; runs in a browser. */
export * from './cardholder.ts';
export * from './console.ts';
export * from './examination.ts';
export * from './outcomes.ts';
export * from './requests.ts';
export * from './values.ts';
