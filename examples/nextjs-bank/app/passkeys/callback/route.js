import { callback } from '../../../handlers.mjs';

export const GET = (request) => callback(request);
