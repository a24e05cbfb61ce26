// zaqar-web beside others.

import { client } from './client.js';
import { codec } from './codec.js';
import { encode } from './encode.js';
import { heap } from './heap.js';
import { loopback } from './loopback.js';
import { runSections } from './sections.js';
import { startup } from './startup.js';

void runSections({ codec, encode, client, loopback, startup, heap });
