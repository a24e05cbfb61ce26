// Who and what is in our Keystone. The passwords are no secrets: it listens on 127.0.0.1 only, and dies with its parent.

export const ADMIN = { name: 'admin', password: 'admin-password' };
export const REGION = 'RegionOne';

/** By name: the projects a user belongs to, and its role in each. With two of them Horizon would log in to either. */
const USERS = {
  // Enough to validate tokens; it needs no admin.
  zaqar: { service: 'service' },
  demo: { demo: 'member' },
  reader: { demo: 'reader' },
  stranger: { other: 'member' },
  // policy.yaml lets who has this role make no application credentials.
  confined: { demo: 'no-credentials' },
};

const SERVICES = { messaging: 'zaqar', 'messaging-websocket': 'zaqar-websocket' };

export const users = {
  admin: ADMIN,
  ...Object.fromEntries(Object.keys(USERS).map(name => [name, { name, password: `${name}-password` }])),
};

/** Fills a Keystone that knows the administrator only; resolves to the ids of the projects, by name. */
export async function seed(api) {
  const { token, projectId, userId } = await adminLogin(api);
  const projects = { admin: projectId };
  for (const name of ['service', 'demo', 'other']) projects[name] = await api.ensure('project', name, token, { domain_id: 'default' });
  const roles = {};
  for (const name of ['admin', 'member', 'reader', 'service', 'no-credentials']) roles[name] = await api.ensure('role', name, token);
  const give = (project, user, role) => api.request('PUT', `/projects/${projects[project]}/users/${user}/roles/${roles[role]}`, { token });

  for (const [name, places] of Object.entries(USERS)) {
    const id = await api.ensure('user', name, token, { domain_id: 'default', password: users[name].password });
    for (const [project, role] of Object.entries(places)) await give(project, id, role);
  }
  await give('demo', userId, 'admin');
  // No server is there yet; each that starts announces itself.
  await announce(api, { rest: 'http://not-announced.invalid', websocket: 'ws://not-announced.invalid' });
  return projects;
}

/** Has the catalog tell these addresses of Zaqar, on all interfaces. */
export async function announce(api, { rest, websocket }) {
  const { token } = await adminLogin(api);
  for (const [type, url] of [['messaging', rest], ['messaging-websocket', websocket]]) {
    const service = await api.ensure('service', SERVICES[type], token, { type });
    const { body } = await api.request('GET', `/endpoints?service_id=${service}`, { token });
    for (const interface_ of ['public', 'internal', 'admin']) {
      const endpoint = { service_id: service, interface: interface_, region_id: REGION, url };
      const there = body.endpoints.find(one => one.interface === interface_);
      await api.request(there ? 'PATCH' : 'POST', there ? `/endpoints/${there.id}` : '/endpoints', { token, body: { endpoint } });
    }
  }
}

async function adminLogin(api) {
  const { token } = await api.login(ADMIN);
  const { body } = await api.request('GET', '/auth/projects', { token });
  return api.login(ADMIN, body.projects.find(project => project.name === 'admin').id);
}
