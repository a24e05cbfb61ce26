// The few requests to Keystone's API that seeding and tests need.

/** What Keystone has refused. */
export class KeystoneError extends Error {
  constructor(method, path, status, text) {
    super(`${method} ${path}: ${status} ${text}`);
    this.status = status;
  }
}

/** `url` is the address up to `/v3`. */
export class KeystoneApi {
  #url;

  constructor(url) {
    this.#url = url;
  }

  async request(method, path, { body, token, headers } = {}) {
    const response = await fetch(this.#url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(token && { 'X-Auth-Token': token }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new KeystoneError(method, path, response.status, text);
    return { headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** A token for a user in a project (its id), or, without one, for none: `{ token, expiresAt, userId, projectId, catalog }`. */
  login({ name, password }, projectId) {
    const user = { name, domain: { id: 'default' }, password };
    return this.#authenticate({
      identity: { methods: ['password'], password: { user } },
      scope: projectId === undefined ? 'unscoped' : { project: { id: projectId } },
    });
  }

  /**
   * A token that lives only so many seconds: that of an application credential which ends then. Keystone has no other way to
   * shorten a token's life without a change of its configuration. `accessRules` narrow it to some requests.
   */
  async shortToken({ token, userId }, seconds, accessRules) {
    const { body } = await this.request('POST', `/users/${userId}/application_credentials`, {
      token,
      body: {
        application_credential: {
          name: crypto.randomUUID(),
          // Keystone takes UTC without a sign of a zone.
          expires_at: new Date(Date.now() + seconds * 1_000).toISOString().slice(0, -1),
          ...(accessRules && { access_rules: accessRules }),
        },
      },
    });
    const { id, secret } = body.application_credential;
    return this.#authenticate({ identity: { methods: ['application_credential'], application_credential: { id, secret } } });
  }

  /** Whoever validates the token from then on hears that it is not valid. */
  async revoke(token, by = token) {
    await this.request('DELETE', '/auth/tokens', { token: by, headers: { 'X-Subject-Token': token } });
  }

  /** The id of the only one with that name; it is made if there is none. */
  async ensure(kind, name, token, more = {}) {
    const { body } = await this.request('GET', `/${kind}s?name=${encodeURIComponent(name)}`, { token });
    const found = body[`${kind}s`].find(one => one.name === name);
    if (found) return found.id;
    const made = await this.request('POST', `/${kind}s`, { token, body: { [kind]: { name, ...more } } });
    return made.body[kind].id;
  }

  async #authenticate(auth) {
    const { headers, body } = await this.request('POST', '/auth/tokens', { body: { auth } });
    const { expires_at, user, project, catalog } = body.token;
    return { token: headers.get('X-Subject-Token'), expiresAt: expires_at, userId: user.id, projectId: project?.id, catalog };
  }
}
