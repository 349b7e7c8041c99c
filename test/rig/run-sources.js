// `node --import …/run-sources.js FILE` runs TypeScript as it stands, with the files that it imports as text.
import { register } from 'node:module';
import 'tsx';

register('./python-files.js', import.meta.url);
