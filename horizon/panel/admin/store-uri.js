// The address of a pool's store as it may be seen: its passwords are nobody's who stands behind or looks at a shared screen.

const HIDDEN = '••••';
/** In the names of parameters, such as Redis's `sentinel_password` and MongoDB's `tlsCertificateKeyFilePassword`. */
const SECRET = /pass|pwd|secret|token|key/i;

/**
 * The address with its passwords hidden. A password that is not encoded may have any character of an address in it; where that
 * leaves more than one reading, what is a password in any of them is hidden. (`URL` is no help: it refuses such passwords, and
 * the several hosts of a replica set.)
 */
export function masked(uri) {
  const [, scheme = '', rest] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(uri);
  const [, address, query = ''] = /^(.*?)(\?[\w.-]+=.*)?$/s.exec(rest);
  // `user:a?b=c@host`, or `host:1?b=c@d`.
  if (query.includes('@') && address.includes(':')) return `${scheme}${address.slice(0, address.indexOf(':'))}:${HIDDEN}`;
  return `${scheme}${withoutPassword(address)}${withoutSecrets(query)}`;
}

/** `user:password@place`: the first colon begins the password, and the last @ ends it. */
function withoutPassword(address) {
  const [from, to] = [address.indexOf(':'), address.lastIndexOf('@')];
  return from >= 0 && from < to ? `${address.slice(0, from)}:${HIDDEN}${address.slice(to)}` : address;
}

/** A value goes on after an & that no name follows. */
function withoutSecrets(query) {
  return query.replace(/([?&][\w.-]+=)[^&]*(?:&(?![\w.-]+=)[^&]*)*/g, (all, name) => (SECRET.test(all) || all.includes('@') ? `${name}${HIDDEN}` : all));
}
