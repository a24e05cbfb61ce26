import { connect } from 'zaqar-web';

let client;

const answers = {
  async connect(options) {
    client = await connect(options);
    const tell = () => postMessage({ transport: client.transport });
    client.addEventListener('transportchange', tell);
    tell();
    for await (const { body } of client.queue('orders').tail({ from: 'start' })) postMessage({ body });
  },
  async post(body) {
    await client?.queue('orders').post({ body });
  },
  async close() {
    await client?.close();
    self.close();
  },
};

self.onmessage = ({ data }) => {
  for (const [name, value] of Object.entries(data)) void answers[name](value);
};
